import { type Cases, FRAUD, GENUINE } from './cases.ts';
import type { Judgements } from './judgements.ts';
import { type ExactMinor, MoneySum } from './money-sum.ts';
import { precisionOf } from './shares.ts';

/** What one rule contributes. */
export interface RuleFigures {
  rule: string;
  hits: number;
  frauds: number;
  genuine: number;
  unlabelled: number;
  /** Of its hits with a label. */
  precision: number | null;
  /**
   * What this rule alone brought over the threshold of review: without its points the others would not have. Null
   * where the score is an expression and no sum of points.
   */
  unique: { frauds: number; genuine: number; unlabelled: number; fraudMinor: ExactMinor } | null;
}

/**
 * @param rules every rule, in the order wanted: one that never hit is told too
 * @param isSum whether the score is the sum of the points
 */
export function ruleFigures(
  cases: Cases,
  judgements: Judgements,
  rules: readonly string[],
  isSum: boolean,
): RuleFigures[] {
  const byRule = new Map(rules.map((rule) => [rule, { all: emptyTally(), unique: emptyTally() }]));
  tallyHitSets(cases, judgements).forEach((tally, number) => {
    const { rules: met, decisive } = judgements.hitSets[number]!;
    for (const rule of met) add(byRule.get(rule)?.all, tally);
    for (const rule of decisive) add(byRule.get(rule)?.unique, tally);
  });
  return [...byRule].map(([rule, { all, unique }]) => ({
    rule,
    hits: all.frauds + all.genuine + all.unlabelled,
    frauds: all.frauds,
    genuine: all.genuine,
    unlabelled: all.unlabelled,
    precision: precisionOf(all.frauds, all.genuine),
    unique: isSum
      ? {
          frauds: unique.frauds,
          genuine: unique.genuine,
          unlabelled: unique.unlabelled,
          fraudMinor: unique.fraudMoney.json(),
        }
      : null,
  }));
}

function tallyHitSets(cases: Cases, { hits, hitSets }: Judgements): Tally[] {
  const tallies = hitSets.map(emptyTally);
  for (let i = 0; i < cases.count; i++) {
    const tally = tallies[hits[i]!]!;
    if (cases.labels[i] === FRAUD) {
      tally.frauds++;
      tally.fraudMoney.add(cases.amountsMinor[i]!);
    } else if (cases.labels[i] === GENUINE) tally.genuine++;
    else tally.unlabelled++;
  }
  return tallies;
}

const emptyTally = () => ({ frauds: 0, genuine: 0, unlabelled: 0, fraudMoney: new MoneySum() });
type Tally = ReturnType<typeof emptyTally>;

function add(to: Tally | undefined, tally: Tally): void {
  if (to === undefined) return;
  to.frauds += tally.frauds;
  to.genuine += tally.genuine;
  to.unlabelled += tally.unlabelled;
  to.fraudMoney.addAll(tally.fraudMoney);
}
