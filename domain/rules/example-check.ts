import { z } from 'zod';
import { occurredAtMs } from '../occurred-at.ts';
import { transactionSchema } from '../transaction.ts';
import { mapOf } from './document-parts.ts';
import { parseDurationMs } from './duration.ts';
import { checkLesson, isLesson } from './example-lesson-check.ts';
import { checkListing, isListing, type ListsAsked } from './example-listing-check.ts';
import {
  type ExampleTransaction,
  type FeatureDefinition,
  isExampleLesson,
  isExampleListing,
  type RuleExample,
  SCORE_UNDEFINED,
} from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';
import { exampleShape, outcomeShape } from './rule-set-shape.ts';
import { didYouMean } from './suggestion.ts';

/** The account of an example's transactions that name none. */
const EXAMPLE_ACCOUNT = 'acct';
const MAX_EXAMPLES = 256;
const MAX_TRANSACTIONS = 1_000;
/** They are stored with the rule set, written out. */
const MAX_EXAMPLE_TRANSACTIONS = 10_000;

const givenShape = transactionSchema.extend({
  transactionId: transactionSchema.shape.transactionId.optional(),
  accountId: transactionSchema.shape.accountId.optional(),
  amountBaseMinor: z.int().min(0).nullable().optional(),
  repeat: z.int().min(1, 'must be at least 1').max(MAX_TRANSACTIONS).optional(),
  every: z.string().optional(),
});

type Given = z.infer<typeof givenShape>;

/** What an example may speak of: the reasons of rules, and the lists that features ask. */
interface Spoken {
  reasons: ReadonlySet<string>;
  lists: ListsAsked;
}

/** Checks the examples; a reason they expect must be one of a rule, good or not. */
export function checkExamples(
  tests: unknown[],
  rules: unknown[],
  features: readonly FeatureDefinition[],
  problems: RuleSetProblems,
): RuleExample[] {
  const reasons = new Set([...rules.map((rule) => String(mapOf(rule).reason)), SCORE_UNDEFINED]);
  const lists = new Map(features.flatMap(({ list, of }) => (list === undefined ? [] : [[list, of!]])));
  if (tests.length > MAX_EXAMPLES) {
    problems.add(['tests'], `holds ${tests.length} tests, more than ${MAX_EXAMPLES}`, null, { key: true });
  }
  const examples = tests
    .slice(0, MAX_EXAMPLES)
    .flatMap((value, i) => checkExample(value, { reasons, lists }, ['tests', i], problems) ?? []);
  const transactions = examples.reduce((sum, { given }) => sum + transactionsIn(given), 0);
  if (transactions > MAX_EXAMPLE_TRANSACTIONS) {
    const problem = `make ${transactions} transactions in all, more than ${MAX_EXAMPLE_TRANSACTIONS}`;
    problems.add(['tests'], problem, null, { key: true });
  }
  return examples;
}

const transactionsIn = (given: RuleExample['given']): number =>
  given.filter((entry) => !isExampleLesson(entry) && !isExampleListing(entry)).length;

/** Checks one example; its transactions are written out in full, ids, repeats and base amounts filled in. */
function checkExample(
  value: unknown,
  { reasons, lists }: Spoken,
  path: Path,
  problems: RuleSetProblems,
): RuleExample | undefined {
  const shape = problems.shaped(exampleShape, value, path);
  if (shape === undefined) return undefined;
  const given = checkEntries(shape.given, lists, [...path, 'given'], problems);
  const outcome = checkOutcome(shape.then, reasons, [...path, 'then'], problems);
  if (outcome === undefined || given === undefined) return undefined;
  const transactions = transactionsIn(given);
  if (transactions > MAX_TRANSACTIONS) {
    return problems.add(
      [...path, 'given'],
      `makes ${transactions} transactions, more than ${MAX_TRANSACTIONS}`,
    );
  }
  // biome-ignore lint/suspicious/noThenProperty: a word of the examples; it is no function, so nothing awaits it
  return { name: shape.name, given, then: outcome };
}

/** What is given, written out in full; undefined after a problem. */
function checkEntries(
  entries: readonly unknown[],
  lists: ListsAsked,
  path: Path,
  problems: RuleSetProblems,
): RuleExample['given'] | undefined {
  const written = entries.map((entry, i) =>
    isListing(entry) || isLesson(entry) ? [] : checkGiven(entry, [...path, i], problems),
  );
  const known = written.filter((transactions) => transactions !== undefined);
  // Which transaction a lesson means is known only where all of them are.
  if (known.length < written.length) return undefined;
  const all = known.flat().map((entry, i) => ({
    transactionId: `t${i + 1}`,
    accountId: EXAMPLE_ACCOUNT,
    ...entry,
  })) as ExampleTransaction[];
  let before = 0;
  const given = entries.map((entry, i): RuleExample['given'] | undefined => {
    if (isListing(entry)) {
      const listing = checkListing(entry, lists, [...path, i], problems);
      return listing && [listing];
    }
    if (isLesson(entry)) return checkLesson(entry, { all, before }, [...path, i], problems);
    before += known[i]!.length;
    return all.slice(before - known[i]!.length, before);
  });
  return given.some((each) => each === undefined) ? undefined : given.flatMap((each) => each ?? []);
}

function checkGiven(
  value: unknown,
  path: Path,
  problems: RuleSetProblems,
): Record<string, unknown>[] | undefined {
  const given = problems.shaped(givenShape, value, path);
  if (given === undefined) return undefined;
  const { repeat = 1, every = '0s', ...transaction } = given as Given;
  const everyMs = parseDurationMs(every);
  if (everyMs === undefined) {
    return problems.add([...path, 'every'], `must be a duration such as 30s, not ${JSON.stringify(every)}`);
  }
  if (repeat > 1 && transaction.transactionId !== undefined) {
    return problems.add(
      [...path, 'transactionId'],
      'names several transactions',
      'leave it out where repeat is given',
    );
  }
  const startMs = occurredAtMs(transaction.occurredAt);
  const base = { ...transaction, amountBaseMinor: transaction.amountBaseMinor ?? baseAmount(transaction) };
  return Array.from({ length: repeat }, (_, i) =>
    i === 0 ? base : { ...base, occurredAt: new Date(startMs + i * everyMs).toISOString() },
  );
}

/** An example that says nothing of rates means the base currency; null says that there is no rate. */
function baseAmount({ amountBaseMinor, amountMinor }: Omit<Given, 'repeat' | 'every'>): number | null {
  return amountBaseMinor === null ? null : amountMinor;
}

function checkOutcome(
  value: unknown,
  reasons: ReadonlySet<string>,
  path: Path,
  problems: RuleSetProblems,
): RuleExample['then'] | undefined {
  const outcome = problems.shaped(outcomeShape, value, path);
  if (outcome === undefined) return undefined;
  if (Object.keys(outcome).length === 0) {
    return problems.add(path, 'expects nothing', 'give at least one of decision, reasons, score');
  }
  const unknown = (outcome.reasons ?? []).findIndex((reason) => !reasons.has(reason));
  if (unknown >= 0) {
    const reason = outcome.reasons![unknown]!;
    return problems.add(
      [...path, 'reasons', unknown],
      `"${reason}" is the reason of no rule`,
      didYouMean(reason, reasons),
    );
  }
  return {
    decision: outcome.decision ?? null,
    reasons: outcome.reasons ?? null,
    score: outcome.score ?? null,
  };
}
