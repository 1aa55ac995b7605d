import fc from 'fast-check';
import type { Verdict } from '../../decision.ts';
import type { Label } from '../../facts.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { type Card, CaseColumns, type Cases } from '../cases.ts';
import { JudgementColumns, type Judgements } from '../judgements.ts';

/** A transaction with what a rule set made of it, as the oracles read it. */
export interface ScoredRow {
  accountId: string;
  transactionId: string;
  occurredAtMs: number;
  amountBaseMinor: number | null;
  cardKey: string | null;
  label: Label | null;
  score: number | null;
  decision: Verdict;
  /** Ids of the rules met. */
  hits: string[];
}

/** Some add up to exactly the threshold of review. */
export const POINTS: Readonly<Record<string, number>> = { a: 30, b: 20, c: 60, d: -20, e: 100, never: 10 };
export const THRESHOLDS = { review: 50, decline: 80 };

export function ruleSetOf(isSum: boolean): RuleSet {
  const isTrue = { source: 'true', tree: { kind: 'boolean', value: true, type: 'boolean' } } as const;
  return {
    name: 'small',
    description: null,
    semantics: 1,
    fields: {},
    features: [],
    rules: Object.entries(POINTS).map(([id, points]) => ({
      id,
      when: isTrue,
      points,
      reason: id.toUpperCase(),
      description: null,
    })),
    score: isSum ? null : { source: '1', tree: { kind: 'number', value: 1, type: 'number' } },
    thresholds: THRESHOLDS,
    examples: [],
  };
}

export function casesOf(rows: readonly ScoredRow[]): Cases {
  const columns = new CaseColumns();
  for (const [position, row] of rows.entries()) columns.add({ position, ...row, card: cardOf(row) });
  return columns.cases();
}

export const cardOf = ({ cardKey }: ScoredRow): Card | null =>
  cardKey === null ? null : { kind: 'card', id: cardKey };

export function judgementsOf(rows: readonly ScoredRow[], isSum = true): Judgements {
  const columns = new JudgementColumns();
  const definition = ruleSetOf(isSum);
  for (const { score, decision, hits } of rows) {
    const met = hits.map((rule) => ({ rule, points: POINTS[rule]!, reason: rule.toUpperCase() }));
    columns.add({ score, decision, hits: met }, definition);
  }
  return columns.judgements();
}

/** Decisions that agree with the thresholds, so that few scores tie often; amounts past what doubles can sum. */
export function rows(isSum: boolean): fc.Arbitrary<ScoredRow[]> {
  const ids = Object.keys(POINTS).filter((id) => id !== 'never');
  const row = fc
    .record({
      accountId: fc.constantFrom('x', 'y', 'z'),
      occurredAtMs: fc.oneof(
        fc.integer({ min: 0, max: 3 * 86_400_000 }),
        fc.integer({ min: 0, max: 100 * 86_400_000 }),
      ),
      amountBaseMinor: fc.option(
        fc.oneof(
          fc.integer({ min: 0, max: 9_999 }),
          fc.constantFrom(Number.MAX_SAFE_INTEGER, 2 ** 52, 2 ** 52 - 1),
        ),
      ),
      cardKey: fc.option(fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6')),
      label: fc.constantFrom<Label | null>('fraud', 'genuine', null),
      hits: fc.subarray(ids),
      free: fc.option(
        fc.oneof(fc.integer({ min: 0, max: 10 }), fc.double({ min: 0, max: 100, noNaN: true })),
      ),
    })
    .map(({ free, ...rest }): Omit<ScoredRow, 'transactionId'> => {
      const points = rest.hits.map((rule) => POINTS[rule]!).reduce((a, b) => a + b, 0);
      const score = isSum ? Math.max(0, Math.min(100, points)) : free;
      const decision =
        score === null
          ? 'review'
          : score >= THRESHOLDS.decline
            ? 'decline'
            : score >= THRESHOLDS.review
              ? 'review'
              : 'approve';
      return { ...rest, score, decision };
    });
  return fc
    .array(row, { maxLength: 60, size: 'max' })
    .map((list) => list.map((each, i) => ({ transactionId: `t${i}`, ...each })));
}
