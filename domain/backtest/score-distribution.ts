import { type Cases, FRAUD, GENUINE } from './cases.ts';
import type { Judgements } from './judgements.ts';

const BINS = 20;
const BIN_WIDTH = 100 / BINS;

/** How many have a score in [from, to); the last one takes 100 in. */
export interface ScoreBin {
  from: number;
  to: number;
  frauds: number;
  genuine: number;
  unlabelled: number;
}

/** Cases without a score are in none. */
export function scoreDistribution(cases: Cases, { scores }: Judgements): ScoreBin[] {
  const bins: ScoreBin[] = Array.from({ length: BINS }, (_, i) => ({
    from: i * BIN_WIDTH,
    to: (i + 1) * BIN_WIDTH,
    frauds: 0,
    genuine: 0,
    unlabelled: 0,
  }));
  for (let i = 0; i < cases.count; i++) {
    if (Number.isNaN(scores[i]!)) continue;
    const bin = bins[Math.min(BINS - 1, Math.floor(scores[i]! / BIN_WIDTH))]!;
    if (cases.labels[i] === FRAUD) bin.frauds++;
    else if (cases.labels[i] === GENUINE) bin.genuine++;
    else bin.unlabelled++;
  }
  return bins;
}
