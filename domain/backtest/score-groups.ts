import { type Cases, FRAUD, GENUINE } from './cases.ts';
import type { Judgements } from './judgements.ts';

/** The cases of each score, the highest score first: all that measures of ranking ask for. */
export interface ScoreGroups {
  /** Each once. */
  readonly scores: Float64Array;
  /** Of each of these scores. */
  readonly frauds: Uint32Array;
  readonly genuine: Uint32Array;
  readonly unlabelled: Uint32Array;
}

export function scoreGroups(cases: Cases, { ranks }: Judgements): ScoreGroups {
  const scores = distinctDescending(ranks);
  const frauds = new Uint32Array(scores.length);
  const genuine = new Uint32Array(scores.length);
  const unlabelled = new Uint32Array(scores.length);
  for (let i = 0; i < cases.count; i++) {
    const counts = cases.labels[i] === FRAUD ? frauds : cases.labels[i] === GENUINE ? genuine : unlabelled;
    counts[firstNotAbove(scores, ranks[i]!)]!++;
  }
  return { scores, frauds, genuine, unlabelled };
}

/** Place of the first of descending values that is not above `value`; their length if all are. */
export function firstNotAbove(descending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = descending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (descending[middle]! > value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function distinctDescending(values: Float64Array): Float64Array {
  const sorted = values.slice().sort().reverse();
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]!;
  }
  return sorted.slice(0, count);
}
