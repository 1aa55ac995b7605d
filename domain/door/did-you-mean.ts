/**
 * The candidate someone most likely meant: equal but for case and separators, a known other name, or at most
 * two (of short words one) single-character edits away.
 */
export function closest(
  word: string,
  candidates: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string | undefined {
  if (word.length > 64) return undefined;
  const bare = withoutSeparators(word);
  if (Object.hasOwn(aliases, bare)) return aliases[bare];
  let best: string | undefined;
  let bestDistance = bare.length < 6 ? 2 : 3;
  for (const candidate of candidates) {
    const distance = editDistance(bare, withoutSeparators(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function withoutSeparators(word: string): string {
  return word.replace(/[\s_-]/g, '').toLowerCase();
}

/** Levenshtein. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
