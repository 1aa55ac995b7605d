import { type Cases, FRAUD, GENUINE } from './cases.ts';
import type { Judgements } from './judgements.ts';
import { type ExactMinor, MoneySum } from './money-sum.ts';
import { precisionOf, share } from './shares.ts';

/** What was named fraud against what was fraud, where that is known. Money in minor units of the base currency. */
export interface Confusion {
  /** Decisions at least as severe, labelled or not. */
  named: number;
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
  /** Named, and nobody knows what they were. */
  unlabelledNamed: number;
  precision: number | null;
  recall: number | null;
  /** Share of the genuine that was named. */
  falsePositiveRate: number | null;
  /** Of named and of missed frauds, and of genuine transactions that were named. */
  caughtMinor: ExactMinor;
  missedMinor: ExactMinor;
  stoppedGoodMinor: ExactMinor;
  /** Share of the frauds' money that was caught. */
  recallByValue: number | null;
}

/** @param from REVIEW or DECLINE: a decision at least as severe names the transaction fraud */
export function confusion(cases: Cases, { decisions }: Judgements, from: number): Confusion {
  const { labels, amountsMinor } = cases;
  const counts = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  const caught = new MoneySum();
  const missed = new MoneySum();
  const stopped = new MoneySum();
  let unlabelledNamed = 0;
  for (let i = 0; i < cases.count; i++) {
    const isNamed = decisions[i]! >= from;
    if (labels[i] === FRAUD) {
      counts[isNamed ? 'truePositives' : 'falseNegatives']++;
      (isNamed ? caught : missed).add(amountsMinor[i]!);
    } else if (labels[i] === GENUINE) {
      counts[isNamed ? 'falsePositives' : 'trueNegatives']++;
      if (isNamed) stopped.add(amountsMinor[i]!);
    } else if (isNamed) unlabelledNamed++;
  }
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  return {
    named: truePositives + falsePositives + unlabelledNamed,
    ...counts,
    unlabelledNamed,
    precision: precisionOf(truePositives, falsePositives),
    recall: share(truePositives, truePositives + falseNegatives),
    falsePositiveRate: share(falsePositives, falsePositives + trueNegatives),
    caughtMinor: caught.json(),
    missedMinor: missed.json(),
    stoppedGoodMinor: stopped.json(),
    recallByValue: share(Number(caught.total()), Number(caught.total() + missed.total())),
  };
}
