/** The name among `known` that `name` most likely was meant to be; null if none is near. */
export function nearestName(name: string, known: Iterable<string>): string | null {
  const wanted = simplified(name);
  // One slip in three letters: beyond that a suggestion is a guess.
  let nearest: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, simplified(candidate), least);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

export function didYouMean(name: string, known: Iterable<string>): string | null {
  const nearest = nearestName(name, known);
  return nearest === null ? null : `did you mean "${nearest}"?`;
}

/** Case and separators are the commonest slips (amount_minor for amountMinor), so they cost nothing. */
function simplified(name: string): string {
  return name
    .toLowerCase()
    .replace(/[_\- ]/g, '')
    .slice(0, 64);
}

/** Levenshtein distance with neighbors swapped counted once; `limit` where it is at least that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let distance = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
      );
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && swapped) distance = Math.min(distance, beforeLast[column - 2]! + 1);
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return Math.min(limit, last[b.length]!);
}
