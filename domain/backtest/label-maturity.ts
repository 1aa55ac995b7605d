import { type Cases, FRAUD, GENUINE } from './cases.ts';
import { type Judgements, REVIEW } from './judgements.ts';
import { precisionOf, share } from './shares.ts';

const DAY_MS = 86_400_000;
/** Ages between which the figures are told, in days. */
export const MATURITY_DAYS: readonly number[] = [0, 7, 30, 90];

/** The figures of transactions of one age: the younger, the fewer of their labels can be there. */
export interface MaturityFigures {
  /** Age in days at which labels are known, from (inclusive) and to (exclusive); null without end. */
  fromDays: number;
  toDays: number | null;
  transactions: number;
  alerts: number;
  frauds: number;
  genuine: number;
  unlabelled: number;
  precision: number | null;
  recall: number | null;
}

/** @param asOfMs when labels are known; what occurred later counts as of age 0 */
export function labelMaturity(cases: Cases, { decisions }: Judgements, asOfMs: number): MaturityFigures[] {
  const tallies = MATURITY_DAYS.map(() => ({
    transactions: 0,
    alerts: 0,
    frauds: 0,
    genuine: 0,
    unlabelled: 0,
    caught: 0,
    stopped: 0,
  }));
  for (let i = 0; i < cases.count; i++) {
    const ageDays = (asOfMs - cases.occurredAtMs[i]!) / DAY_MS;
    const tally =
      tallies[
        Math.max(
          0,
          MATURITY_DAYS.findLastIndex((days) => days <= ageDays),
        )
      ]!;
    const isAlert = decisions[i]! >= REVIEW;
    tally.transactions++;
    if (isAlert) tally.alerts++;
    if (cases.labels[i] === FRAUD) {
      tally.frauds++;
      if (isAlert) tally.caught++;
    } else if (cases.labels[i] === GENUINE) {
      tally.genuine++;
      if (isAlert) tally.stopped++;
    } else tally.unlabelled++;
  }
  return tallies.map(({ caught, stopped, ...counts }, i) => ({
    fromDays: MATURITY_DAYS[i]!,
    toDays: MATURITY_DAYS[i + 1] ?? null,
    ...counts,
    precision: precisionOf(caught, stopped),
    recall: share(caught, counts.frauds),
  }));
}
