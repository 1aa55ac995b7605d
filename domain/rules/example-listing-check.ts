import { z } from 'zod';
import { listValueSchema } from '../lists/list-fields.ts';
import { instant } from '../transaction.ts';
import { mapOf } from './document-parts.ts';
import type { ExampleListing } from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';
import { didYouMean } from './suggestion.ts';

/** The lists that features ask, and the field that each is of. */
export type ListsAsked = ReadonlyMap<string, string>;

const values = z
  .union([z.string(), z.array(z.string()).min(1, 'must hold a value')], {
    error: 'must be a value in quotes, or several in brackets',
  })
  .transform((one) => [one].flat());

/** As it is written between the transactions of an example. */
const listingShape = z.strictObject({
  list: z.string(),
  add: values.optional(),
  expiresAt: instant.optional(),
  remove: values.optional(),
});

/** Whether an entry of `given` changes a list instead of being a transaction. */
export const isListing = (entry: unknown): boolean => mapOf(entry).list !== undefined;

/** Checks what an example puts on a list, or takes off. Undefined after a problem. */
export function checkListing(
  entry: unknown,
  asked: ListsAsked,
  path: Path,
  problems: RuleSetProblems,
): ExampleListing | undefined {
  const shape = problems.shaped(listingShape, entry, path);
  if (shape === undefined) return undefined;
  const { list, add = [], remove = [], expiresAt = null } = shape;
  const of = asked.get(list);
  if (of === undefined) {
    const suggestion = didYouMean(list, asked.keys());
    return problems.add([...path, 'list'], `"${list}" is asked by no feature`, suggestion);
  }
  if (add.length + remove.length === 0) return problems.add(path, 'changes nothing', 'give add or remove');
  if (expiresAt !== null && add.length === 0) {
    return problems.add([...path, 'expiresAt'], 'is of what is added', 'leave it out', { key: true });
  }
  const schema = listValueSchema(of);
  for (const [word, those] of Object.entries({ add, remove })) {
    const wrong = those.flatMap((value) => schema.safeParse(value).error?.issues ?? [])[0];
    if (wrong !== undefined) return problems.add([...path, word], `is no ${of}: it ${wrong.message}`);
  }
  return { list, add, expiresAt, remove };
}
