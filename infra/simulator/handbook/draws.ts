import { exp, ln } from '../../../domain/math/transcendental.ts';
import type { Random } from '../random.ts';

const WORDS = 2 ** 32;

/** A number from `from`, included, to `to`, not included. */
export function uniform(random: Random, from: number, to: number): number {
  return from + (to - from) * (random.below(WORDS) / WORDS);
}

/** A normally distributed number, by Marsaglia's polar method; of each pair one is used. */
export function normal(random: Random, mean: number, deviation: number): number {
  for (;;) {
    const x = uniform(random, -1, 1);
    const y = uniform(random, -1, 1);
    const square = x * x + y * y;
    if (square > 0 && square < 1) return mean + deviation * x * Math.sqrt((-2 * ln(square)) / square);
  }
}

/** How many of something happen that happens `mean` times on average, by Knuth's method. @param mean 0..10 or so */
export function poisson(random: Random, mean: number): number {
  const limit = exp(-mean);
  let count = 0;
  for (let product = uniform(random, 0, 1); product > limit; product *= uniform(random, 0, 1)) count += 1;
  return count;
}
