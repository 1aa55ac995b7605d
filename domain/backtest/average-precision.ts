import type { ScoreGroups } from './score-groups.ts';

/**
 * The sum over thresholds, from the highest score down, of (recall gained) x (precision there): no interpolation, equal
 * scores pass a threshold together. As scikit-learn's average_precision_score. Of labelled cases only; null without
 * a fraud among them.
 */
export function averagePrecision({ scores, frauds, genuine }: ScoreGroups): number | null {
  let caught = 0;
  let stopped = 0;
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    caught += frauds[i]!;
    stopped += genuine[i]!;
    // Where no fraud is gained nothing is added; nor is precision there, where nothing was labelled yet.
    if (frauds[i]! > 0) sum += (frauds[i]! * caught) / (caught + stopped);
  }
  return caught === 0 ? null : sum / caught;
}
