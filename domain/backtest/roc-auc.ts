import type { ScoreGroups } from './score-groups.ts';

/**
 * The chance that a fraud has a higher score than a genuine transaction, equal scores counted half: the area under
 * the receiver operating characteristic. Of labelled cases only; null unless there are both. Exact up to 2^52 pairs.
 */
export function rocAuc({ scores, frauds, genuine }: ScoreGroups): number | null {
  let caught = 0;
  let passed = 0;
  let twice = 0;
  for (let i = 0; i < scores.length; i++) {
    twice += genuine[i]! * (2 * caught + frauds[i]!);
    caught += frauds[i]!;
    passed += genuine[i]!;
  }
  return caught === 0 || passed === 0 ? null : twice / (2 * caught * passed);
}
