import { z } from 'zod';
import type { ListEntry } from '../facts.ts';
import { listValueSchema } from '../lists/list-fields.ts';
import { LONGEST_NOTE, MOST_CHANGES } from '../lists/list-limits.ts';
import { instant, isStorableText } from '../transaction.ts';
import { cardNumberProblem } from './card-number-problems.ts';
import { type FieldNames, type FieldProblem, fieldProblems } from './field-problems.ts';

/** What somebody puts on a list, whatever the list is of. */
export const listEntrySchema = z.strictObject({
  value: z.string().describe('As transactions have it in the field that the list is of, to the byte'),
  expiresAt: instant
    .nullable()
    .optional()
    .describe('Transactions that occurred before this see it; RFC 3339. Without it, it does not expire'),
  note: z
    .string()
    .min(1)
    .max(LONGEST_NOTE)
    .refine(isStorableText, 'must be well-formed Unicode without NUL')
    .nullable()
    .optional()
    .describe('Why, for whoever looks it up'),
});

const NAMES: FieldNames = {
  root: 'entry',
  known: Object.keys(listEntrySchema.shape),
  aliases: { id: 'value', key: 'value', expires: 'expiresAt', until: 'expiresAt', reason: 'note' },
};

/** What a list is of, and how card numbers are looked for. */
export interface ListDoor {
  of: string;
  /** Of CARD_NUMBER_FIELDS, those that are checked. */
  cardNumberFields: ReadonlySet<string>;
}

/** Checks what someone puts on a list. Total: never throws on any JSON values. No value may be named twice. */
export function parseListEntries(
  values: readonly unknown[],
  door: ListDoor,
): { entries: ListEntry[] } | { problems: FieldProblem[] } {
  const schema = listEntrySchema.extend({ value: listValueSchema(door.of) });
  const parsed = values.map((value, i) => parseEntry(value, i, schema, door));
  const entries = parsed.flatMap((each) => ('entry' in each ? each.entry : []));
  const problems = [
    ...countProblems(values.length),
    ...parsed.flatMap((each) => ('problems' in each ? each.problems : [])),
    ...repeatProblems(parsed.map((each) => ('entry' in each ? each.entry.value : undefined))),
  ];
  return problems.length > 0 ? { problems: problems.slice(0, MOST_PROBLEMS) } : { entries };
}

/** Checks what someone takes off a list. What could not be on it is no fault: it is not there. */
export function parseListRemovals(
  values: readonly unknown[],
): { remove: string[] } | { problems: FieldProblem[] } {
  const problems = [
    ...countProblems(values.length),
    ...values.flatMap((value, i) =>
      typeof value === 'string' ? [] : { field: `[${i}]`, problem: 'must be a value of the list, a string' },
    ),
  ];
  return problems.length > 0
    ? { problems: problems.slice(0, MOST_PROBLEMS) }
    : { remove: [...new Set(values as string[])] };
}

/** More help nobody. */
const MOST_PROBLEMS = 20;

function parseEntry(
  value: unknown,
  i: number,
  schema: z.ZodType<z.infer<typeof listEntrySchema>>,
  { of, cardNumberFields }: ListDoor,
): { entry: ListEntry } | { problems: FieldProblem[] } {
  const at = (problem: FieldProblem) => ({ ...problem, field: `[${i}].${problem.field}` });
  const parsed = schema.safeParse(value);
  if (!parsed.success) return { problems: fieldProblems(parsed.error, value, NAMES).map(at) };
  const { expiresAt = null, note = null } = parsed.data;
  const cards = [
    cardNumberProblem(of, parsed.data.value, cardNumberFields, 'value'),
    note === null ? undefined : cardNumberProblem('note', note, cardNumberFields, 'note'),
  ].flatMap((problem) => problem ?? []);
  if (cards.length > 0) return { problems: cards.map(at) };
  return { entry: { value: parsed.data.value, expiresAt, note } };
}

function countProblems(count: number): FieldProblem[] {
  if (count > 0 && count <= MOST_CHANGES) return [];
  const problem = count === 0 ? 'must not be empty' : `must hold at most ${MOST_CHANGES}, not ${count}`;
  return [{ field: 'entries', problem }];
}

/** @param values undefined where an item has none that can be compared */
function repeatProblems(values: readonly (string | undefined)[]): FieldProblem[] {
  const seen = new Set<string>();
  return values.flatMap((value, i) => {
    if (value === undefined) return [];
    if (!seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [{ field: `[${i}].value`, problem: 'is named before in the same request: name each value once' }];
  });
}
