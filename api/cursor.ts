import { z } from 'zod';
import { Problem } from './problem.ts';
import type { Order, Page } from './services.ts';

/** What lists take. */
export const pageQuery = {
  order: z.enum(['oldest', 'newest']).optional().describe('Which comes first'),
  cursor: z.string().max(64).optional().describe('nextCursor of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
};

type PageQuery = z.output<z.ZodObject<typeof pageQuery>>;

/**
 * The page a client asks for. Its cursor holds the order and the number after which the page begins: numbers
 * never change, so that nothing is skipped or repeated while others arrive.
 * @throws Problem where the cursor is none of ours, or of the other order
 */
export function pageOf({ cursor, order, limit }: PageQuery, standard: Order): Page {
  if (cursor === undefined) return { order: order ?? standard, after: null, limit };
  const found = /^(oldest|newest):(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (found === null) throw badCursor('is not one that an answer gave as nextCursor');
  if (order !== undefined && order !== found[1]) throw badCursor(`belongs to order=${found[1]}`);
  return { order: found[1] as Order, after: Number(found[2]), limit };
}

/** What to ask the view for, so as to know whether there is another page. */
export const oneMore = (page: Page): Page => ({ ...page, limit: page.limit + 1 });

/** The items of the page, of those that oneMore gave, and the cursor of the next; null where there is none now. */
export function splitPage<T>(
  found: readonly T[],
  { order, limit }: Page,
  numberOf: (item: T) => number,
): { items: T[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items, nextCursor: null };
  return { items, nextCursor: Buffer.from(`${order}:${numberOf(last)}`).toString('base64url') };
}

function badCursor(problem: string): Problem {
  return new Problem('invalid-request', `cursor ${problem}.`, { errors: [{ field: 'cursor', problem }] });
}
