/**
 * Chance from a seed: the same on every machine, because it draws whole numbers and only adds, multiplies and
 * divides. (Math.exp and its like may differ in the last bit from one Node to the next.)
 */
export interface Random {
  /** A whole number 0..n-1. */
  below(n: number): number;
  /** A whole number from..to, both included. */
  between(from: number, to: number): number;
  /** True in so many of a thousand cases. */
  perMille(n: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** An index of `weights`, each as likely as its weight. */
  weighted(weights: readonly number[]): number;
  /** Lower-case hex digits. */
  hex(length: number): string;
  /** A source of its own: what is drawn from it changes nothing here, nor the other way round. */
  fork(label: string | number): Random;
}

export function randomFrom(seed: string): Random {
  const next = sfc32(seed);
  const below = (n: number): number => Math.floor((next() / 2 ** 32) * n);
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    perMille: (n) => below(1_000) < n,
    pick: (from) => from[below(from.length)]!,
    weighted: (weights) => {
      let left = below(weights.reduce((sum, weight) => sum + weight, 0));
      return weights.findIndex((weight) => {
        left -= weight;
        return left < 0;
      });
    },
    hex: (length) => Array.from({ length }, () => below(16).toString(16)).join(''),
    fork: (label) => randomFrom(`${seed}/${label}`),
  };
}

/** Chris Doty-Humphrey's small fast counter generator, 32 bits a draw. */
function sfc32(seed: string): () => number {
  const seedWord = fnv1a(seed);
  let a = seedWord();
  let b = seedWord();
  let c = seedWord();
  let counter = 1;
  const next = (): number => {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + out) | 0;
    return out >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** Words that depend on every character of the seed. */
function fnv1a(text: string): () => number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return () => {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
    hash ^= hash >>> 15;
    return hash;
  };
}
