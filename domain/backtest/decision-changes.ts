import type { Verdict } from '../decision.ts';
import type { Label } from '../facts.ts';
import { type Cases, FRAUD, GENUINE, labelOf } from './cases.ts';
import { type Judgements, VERDICTS } from './judgements.ts';
import { type ExactMinor, MoneySum } from './money-sum.ts';

/** Transactions that two rule sets decide differently, in one way. */
export interface DecisionChange {
  from: Verdict;
  to: Verdict;
  transactions: number;
  frauds: number;
  genuine: number;
  unlabelled: number;
  /** In minor units of the base currency. */
  fraudMinor: ExactMinor;
  genuineMinor: ExactMinor;
  /** Frauds first, then genuine ones, then those without a label; in each the largest amounts first. */
  examples: ChangedDecision[];
}

export interface ChangedDecision {
  accountId: string;
  transactionId: string;
  /** RFC 3339. */
  occurredAt: string;
  amountBaseMinor: number | null;
  label: Label | null;
  fromScore: number | null;
  toScore: number | null;
  /** Rules met. */
  fromRules: readonly string[];
  toRules: readonly string[];
}

/** What the second set decides otherwise than the first, the most severe changes first; ways that do not occur are left out. */
export function decisionChanges(
  cases: Cases,
  from: Judgements,
  to: Judgements,
  mostExamples: number,
): DecisionChange[] {
  const changed = new Map<number, number[]>();
  for (let i = 0; i < cases.count; i++) {
    if (from.decisions[i] === to.decisions[i]) continue;
    const way = from.decisions[i]! * VERDICTS.length + to.decisions[i]!;
    const places = changed.get(way);
    if (places === undefined) changed.set(way, [i]);
    else places.push(i);
  }
  return [...changed]
    .sort(([a], [b]) => severity(b) - severity(a) || a - b)
    .map(([way, places]) => ({
      from: VERDICTS[Math.floor(way / VERDICTS.length)]!,
      to: VERDICTS[way % VERDICTS.length]!,
      ...tally(cases, places),
      examples: examplesOf(cases, places, mostExamples).map((i) => changedDecision(cases, from, to, i)),
    }));
}

/** By how much a decision became more severe. */
const severity = (way: number): number => (way % VERDICTS.length) - Math.floor(way / VERDICTS.length);

function tally({ labels, amountsMinor }: Cases, places: readonly number[]) {
  const frauds = new MoneySum();
  const genuine = new MoneySum();
  const counts = { frauds: 0, genuine: 0, unlabelled: 0 };
  for (const i of places) {
    if (labels[i] === FRAUD) {
      counts.frauds++;
      frauds.add(amountsMinor[i]!);
    } else if (labels[i] === GENUINE) {
      counts.genuine++;
      genuine.add(amountsMinor[i]!);
    } else counts.unlabelled++;
  }
  return {
    transactions: places.length,
    ...counts,
    fraudMinor: frauds.json(),
    genuineMinor: genuine.json(),
  };
}

function examplesOf({ labels, amountsMinor }: Cases, places: readonly number[], most: number): number[] {
  const amount = (i: number) => (Number.isNaN(amountsMinor[i]!) ? -1 : amountsMinor[i]!);
  return places.toSorted((a, b) => labels[b]! - labels[a]! || amount(b) - amount(a) || a - b).slice(0, most);
}

function changedDecision(cases: Cases, from: Judgements, to: Judgements, i: number): ChangedDecision {
  return {
    accountId: cases.accountIds[i]!,
    transactionId: cases.transactionIds[i]!,
    occurredAt: new Date(cases.occurredAtMs[i]!).toISOString(),
    amountBaseMinor: orNull(cases.amountsMinor[i]!),
    label: labelOf(cases.labels[i]!),
    fromScore: orNull(from.scores[i]!),
    toScore: orNull(to.scores[i]!),
    fromRules: from.hitSets[from.hits[i]!]!.rules,
    toRules: to.hitSets[to.hits[i]!]!.rules,
  };
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
