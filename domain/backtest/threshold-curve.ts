import { type Cases, FRAUD, GENUINE } from './cases.ts';
import type { Judgements } from './judgements.ts';
import { type ExactMinor, MoneySum } from './money-sum.ts';
import { firstNotAbove, type ScoreGroups } from './score-groups.ts';
import { precisionOf, share } from './shares.ts';

/** What would be so if everything with at least this score were named fraud. */
export interface ThresholdPoint {
  threshold: number;
  /** Labelled or not. */
  named: number;
  frauds: number;
  genuine: number;
  precision: number | null;
  recall: number | null;
  /** In minor units of the base currency. */
  caughtMinor: ExactMinor;
  stoppedGoodMinor: ExactMinor;
}

/** @param thresholds descending; at each the point is exact */
export function thresholdCurve(
  cases: Cases,
  { ranks }: Judgements,
  thresholds: ArrayLike<number>,
): ThresholdPoint[] {
  const counts = Array.from(thresholds, () => ({ named: 0, frauds: 0, genuine: 0 }));
  const caught = Array.from(thresholds, () => new MoneySum());
  const stopped = Array.from(thresholds, () => new MoneySum());
  let allFrauds = 0;
  for (let i = 0; i < cases.count; i++) {
    const place = firstNotAbove(thresholds, ranks[i]!);
    const label = cases.labels[i];
    if (label === FRAUD) allFrauds++;
    if (place === counts.length) continue;
    counts[place]!.named++;
    if (label === FRAUD) {
      counts[place]!.frauds++;
      caught[place]!.add(cases.amountsMinor[i]!);
    } else if (label === GENUINE) {
      counts[place]!.genuine++;
      stopped[place]!.add(cases.amountsMinor[i]!);
    }
  }
  return counts.map((own, i) => {
    if (i > 0) {
      const above = counts[i - 1]!;
      own.named += above.named;
      own.frauds += above.frauds;
      own.genuine += above.genuine;
      caught[i]!.addAll(caught[i - 1]!);
      stopped[i]!.addAll(stopped[i - 1]!);
    }
    return {
      threshold: thresholds[i]!,
      ...own,
      precision: precisionOf(own.frauds, own.genuine),
      recall: share(own.frauds, allFrauds),
      caughtMinor: caught[i]!.json(),
      stoppedGoodMinor: stopped[i]!.json(),
    };
  });
}

/**
 * Thresholds worth showing, descending: every score there is if those are few, else such that the number named grows
 * by about the same factor from one to the next; and those that must be there.
 * @param must further thresholds, e.g. those of the rule set
 */
export function thresholdsToShow(groups: ScoreGroups, most: number, must: readonly number[] = []): number[] {
  const { scores } = groups;
  const shown = new Set(must);
  if (scores.length <= most) for (const score of scores) shown.add(score);
  else {
    const named = runningTotals(groups);
    const all = named.at(-1)!;
    for (let i = 0, at = 0; i < most; i++) {
      const wanted = all ** (i / (most - 1));
      while (named[at]! < Math.floor(wanted)) at++;
      shown.add(scores[at]!);
    }
  }
  return [...shown].sort((a, b) => b - a);
}

function runningTotals({ scores, frauds, genuine, unlabelled }: ScoreGroups): number[] {
  let total = 0;
  return Array.from(scores, (_, i) => (total += frauds[i]! + genuine[i]! + unlabelled[i]!));
}
