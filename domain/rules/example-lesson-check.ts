import { z } from 'zod';
import { LEARNT_FIELDS, type LearntField } from '../amendment.ts';
import { labelSchema } from '../door/parse-label.ts';
import { OUTCOMES, transactionSchema } from '../transaction.ts';
import { mapOf } from './document-parts.ts';
import type { ExampleLesson } from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';
import { didYouMean } from './suggestion.ts';

/** As it is written between the transactions of an example. */
const lessonShape = z.strictObject({
  learn: transactionSchema.shape.transactionId,
  accountId: transactionSchema.shape.accountId.optional(),
  label: labelSchema.shape.label.optional(),
  outcome: z.enum(OUTCOMES).optional(),
  reversed: z.literal(true).optional(),
} satisfies Record<LearntField, unknown> & Record<string, unknown>);

/** A transaction of an example, as a lesson may mean it. */
interface Named {
  transactionId: string;
  accountId: string;
}

const FIELDS = Object.keys(LEARNT_FIELDS) as LearntField[];

/** Whether an entry of `given` tells of an earlier one instead of being a transaction. */
export function isLesson(entry: unknown): boolean {
  const { learn, label, reversed, amountMinor } = mapOf(entry);
  // Where it has what no transaction says itself, `learn` was forgotten or misspelt.
  return learn !== undefined || ((label ?? reversed) !== undefined && amountMinor === undefined);
}

/**
 * Checks what an example says of one of its transactions.
 * @param given all transactions of the example, ids filled in, and how many of them stand before the entry
 * @returns one lesson for each field it sets; undefined after a problem
 */
export function checkLesson(
  entry: unknown,
  { all, before }: { all: readonly Named[]; before: number },
  path: Path,
  problems: RuleSetProblems,
): ExampleLesson[] | undefined {
  const shape = problems.shaped(lessonShape, entry, path);
  if (shape === undefined) return undefined;
  const fields = FIELDS.filter((field) => shape[field] !== undefined);
  if (fields.length === 0) {
    const suggestion = 'give at least one of label, outcome, reversed';
    return problems.add(path, `says nothing of transaction ${shape.learn}`, suggestion);
  }
  const { learn, accountId } = shape;
  const about = meant({ learn, accountId }, { all, before }, path, problems);
  if (about === undefined) return undefined;
  if (before === all.length) {
    const suggestion = 'put it before the transaction that shall see it';
    return problems.add(path, 'stands after the last transaction, which no decision sees', suggestion);
  }
  return fields.map((field) => ({ learn, accountId: about.accountId, field, value: shape[field]! }));
}

/** The one earlier transaction that is meant. */
function meant(
  { learn, accountId }: { learn: string; accountId: string | undefined },
  { all, before }: { all: readonly Named[]; before: number },
  path: Path,
  problems: RuleSetProblems,
): Named | undefined {
  const at = [...path, 'learn'];
  const ofAccount = all.map((each, i) => ({ ...each, isEarlier: i < before }));
  const candidates = ofAccount.filter((each) => accountId === undefined || each.accountId === accountId);
  const named = candidates.filter(({ transactionId }) => transactionId === learn);
  const earlier = named.filter(({ isEarlier }) => isEarlier);
  if (earlier.length === 1) return earlier[0];
  if (earlier.length > 1) {
    const accounts = new Set(earlier.map((each) => each.accountId));
    return accounts.size > 1
      ? problems.add(at, `is of several accounts: ${[...accounts].join(', ')}`, 'say accountId, too')
      : problems.add(at, `names ${earlier.length} transactions of the account`, 'give each an id of its own');
  }
  if (named.length > 0) {
    return problems.add(at, `is of a transaction further down: ${learn}`, 'put it after that one');
  }
  const ids = candidates.filter(({ isEarlier }) => isEarlier).map(({ transactionId }) => transactionId);
  const whose = accountId === undefined ? '' : ` of account ${accountId}`;
  const suggestion =
    didYouMean(learn, ids) ??
    'those without a transactionId are t1, t2, … in their order, lessons not counted';
  return problems.add(at, `"${learn}" is no earlier transaction${whose} of this example`, suggestion);
}
