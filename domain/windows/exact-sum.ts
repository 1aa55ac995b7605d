import { productError, sumError } from './double-double.ts';
import { quotientIfProven, ratio } from './exact-quotient.ts';

/**
 * Exact sums of non-negative integers below 2^53, and of their squares, kept in limbs of 53 bits within an array
 * of numbers. Adding and taking away are exact in any order, so a window can be moved both ways; each result
 * is rounded once, when it is read as a double.
 *
 * A sum takes two limbs (low, high), a sum of squares three.
 */
const LIMB = 2 ** 53;
const LIMB_BITS = 53n;
/** Up to this a square fits one limb. */
const SMALL_ROOT = 94_906_265;

export const SUM_LIMBS = 2;
export const SQUARE_LIMBS = 3;

export function addValue(limbs: number[], at: number, value: number): void {
  const low = limbs[at]!;
  const room = LIMB - low;
  if (value < room) {
    limbs[at] = low + value;
  } else {
    limbs[at] = value - room;
    limbs[at + 1]! += 1;
  }
}

export function takeValue(limbs: number[], at: number, value: number): void {
  const low = limbs[at]! - value;
  if (low >= 0) {
    limbs[at] = low;
  } else {
    limbs[at] = low + LIMB;
    limbs[at + 1]! -= 1;
  }
}

export function addSquare(limbs: number[], at: number, value: number): void {
  const square = value * value;
  if (value <= SMALL_ROOT) {
    addToThree(limbs, at, square);
    return;
  }
  const upper = Math.floor(square / LIMB);
  const error = productError(value, value, square);
  addValue(limbs, at + 1, upper);
  addToThree(limbs, at, square - upper * LIMB);
  if (error >= 0) addToThree(limbs, at, error);
  else takeFromThree(limbs, at, -error);
}

export function takeSquare(limbs: number[], at: number, value: number): void {
  const square = value * value;
  if (value <= SMALL_ROOT) {
    takeFromThree(limbs, at, square);
    return;
  }
  const upper = Math.floor(square / LIMB);
  const error = productError(value, value, square);
  // In this order no limb falls below zero on the way.
  if (error >= 0) takeFromThree(limbs, at, error);
  else addToThree(limbs, at, -error);
  takeFromThree(limbs, at, square - upper * LIMB);
  takeValue(limbs, at + 1, upper);
}

/** The sum, rounded once: its high limb is an exact multiple, so the addition is the only rounding. */
export function sumAsDouble(limbs: readonly number[], at: number): number {
  return limbs[at + 1]! * LIMB + limbs[at]!;
}

export function sumAsBigint(limbs: readonly number[], at: number): bigint {
  return (BigInt(limbs[at + 1]!) << LIMB_BITS) + BigInt(limbs[at]!);
}

export function squaresAsBigint(limbs: readonly number[], at: number): bigint {
  return (BigInt(limbs[at + 2]!) << (2n * LIMB_BITS)) + sumAsBigint(limbs, at);
}

/** sum / count, rounded once. */
export function meanOf(limbs: readonly number[], sumAt: number, count: number): number {
  if (limbs[sumAt + 1] === 0) return limbs[sumAt]! / count;
  return ratio(sumAsBigint(limbs, sumAt), BigInt(count));
}

/**
 * The sample standard deviation: the square root of the exactly rational variance
 * (n Σx² - (Σx)²) / (n (n - 1)), which is rounded once before the root. `count` is at least 2.
 */
export function deviationOf(
  limbs: readonly number[],
  sumAt: number,
  squaresAt: number,
  count: number,
): number {
  const variance = varianceInDoubles(limbs, sumAt, squaresAt, count);
  return Math.sqrt(Number.isNaN(variance) ? varianceInBigints(limbs, sumAt, squaresAt, count) : variance);
}

/** NaN where doubles do not suffice. */
function varianceInDoubles(
  limbs: readonly number[],
  sumAt: number,
  squaresAt: number,
  count: number,
): number {
  const sum = limbs[sumAt]!;
  const low = count * limbs[squaresAt]!;
  const middle = count * limbs[squaresAt + 1]!;
  const divisor = count * (count - 1);
  const fits = limbs[sumAt + 1] === 0 && limbs[squaresAt + 2] === 0 && middle < LIMB && divisor < LIMB;
  if (!fits) return Number.NaN;
  if (sum <= SMALL_ROOT && middle === 0 && low < LIMB) return (low - sum * sum) / divisor;
  const high = middle * LIMB;
  const square = sum * sum;
  const upper = high + low;
  const difference = upper - square;
  const upperError = sumError(high, low, upper);
  const lowError = productError(count, limbs[squaresAt]!, low);
  const differenceError = sumError(upper, -square, difference);
  const squareError = productError(sum, sum, square);
  const errors =
    Math.abs(upperError) + Math.abs(lowError) + Math.abs(differenceError) + Math.abs(squareError);
  if (errors > LIMB) return Number.NaN;
  const rest = upperError + lowError + differenceError - squareError;
  const numerator = difference + rest;
  return quotientIfProven(numerator, sumError(difference, rest, numerator), divisor);
}

function varianceInBigints(
  limbs: readonly number[],
  sumAt: number,
  squaresAt: number,
  count: number,
): number {
  const n = BigInt(count);
  const sum = sumAsBigint(limbs, sumAt);
  return ratio(n * squaresAsBigint(limbs, squaresAt) - sum * sum, n * (n - 1n));
}

/** Adds to the lowest of three limbs. */
function addToThree(limbs: number[], at: number, value: number): void {
  const low = limbs[at]!;
  const room = LIMB - low;
  if (value < room) {
    limbs[at] = low + value;
  } else {
    limbs[at] = value - room;
    addValue(limbs, at + 1, 1);
  }
}

function takeFromThree(limbs: number[], at: number, value: number): void {
  const low = limbs[at]! - value;
  if (low >= 0) {
    limbs[at] = low;
  } else {
    limbs[at] = low + LIMB;
    takeValue(limbs, at + 1, 1);
  }
}
