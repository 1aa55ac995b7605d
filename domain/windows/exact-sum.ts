/**
 * Exact sums of non-negative integers below 2^53, and of their squares, kept in limbs of 53 bits within a
 * Float64Array. Adding and taking away are exact in any order, so a window can be moved both ways; each result
 * is rounded once, when it is read as a double.
 *
 * A sum takes two limbs (low, high), a sum of squares three.
 */
const LIMB = 2 ** 53;
const LIMB_BITS = 53n;
const LIMB_MASK = (1n << LIMB_BITS) - 1n;
/** Below this a square fits one limb. */
const SMALL_ROOT = 94_906_265;

export const SUM_LIMBS = 2;
export const SQUARE_LIMBS = 3;

export function addValue(limbs: Float64Array, at: number, value: number): void {
  const low = limbs[at]!;
  const room = LIMB - low;
  if (value < room) {
    limbs[at] = low + value;
  } else {
    limbs[at] = value - room;
    limbs[at + 1]! += 1;
  }
}

export function takeValue(limbs: Float64Array, at: number, value: number): void {
  const low = limbs[at]! - value;
  if (low >= 0) {
    limbs[at] = low;
  } else {
    limbs[at] = low + LIMB;
    limbs[at + 1]! -= 1;
  }
}

export function addSquare(limbs: Float64Array, at: number, value: number): void {
  if (value <= SMALL_ROOT) {
    const square = value * value;
    const low = limbs[at]!;
    const room = LIMB - low;
    if (square < room) limbs[at] = low + square;
    else {
      limbs[at] = square - room;
      addValue(limbs, at + 1, 1);
    }
    return;
  }
  writeLimbs(limbs, at, readLimbs(limbs, at) + BigInt(value) * BigInt(value));
}

export function takeSquare(limbs: Float64Array, at: number, value: number): void {
  if (value <= SMALL_ROOT) {
    const low = limbs[at]! - value * value;
    if (low >= 0) limbs[at] = low;
    else {
      limbs[at] = low + LIMB;
      takeValue(limbs, at + 1, 1);
    }
    return;
  }
  writeLimbs(limbs, at, readLimbs(limbs, at) - BigInt(value) * BigInt(value));
}

/** The sum, rounded once: its high limb is an exact multiple, so the addition is the only rounding. */
export function sumAsDouble(limbs: Float64Array, at: number): number {
  return limbs[at + 1]! * LIMB + limbs[at]!;
}

export function sumAsBigint(limbs: Float64Array, at: number): bigint {
  return (BigInt(limbs[at + 1]!) << LIMB_BITS) + BigInt(limbs[at]!);
}

/** sum / count, rounded once. */
export function meanOf(limbs: Float64Array, sumAt: number, count: number): number {
  if (limbs[sumAt + 1] === 0) return limbs[sumAt]! / count;
  return ratio(sumAsBigint(limbs, sumAt), BigInt(count));
}

/**
 * The sample standard deviation: the square root of the exactly rational variance
 * (n Σx² - (Σx)²) / (n (n - 1)), which is rounded once before the root. `count` is at least 2.
 */
export function deviationOf(limbs: Float64Array, sumAt: number, squaresAt: number, count: number): number {
  const sum = limbs[sumAt]!;
  const squares = limbs[squaresAt]!;
  const scaled = count * squares;
  if (
    limbs[sumAt + 1] === 0 &&
    sum <= SMALL_ROOT &&
    scaled < LIMB &&
    limbs[squaresAt + 1] === 0 &&
    limbs[squaresAt + 2] === 0
  ) {
    return Math.sqrt((scaled - sum * sum) / (count * (count - 1)));
  }
  const n = BigInt(count);
  const exactSum = sumAsBigint(limbs, sumAt);
  return Math.sqrt(ratio(n * readLimbs(limbs, squaresAt) - exactSum * exactSum, n * (n - 1n)));
}

/** numerator / denominator, both non-negative, rounded once to the nearest double, ties to even. */
export function ratio(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0;
  // Enough bits that rounding the quotient to 53 is right once the remainder is kept as a sticky lowest bit.
  const shift = Math.max(0, 64 + bits(denominator) - bits(numerator));
  const scaled = numerator << BigInt(shift);
  const quotient = scaled / denominator;
  const sticky = quotient * denominator === scaled ? quotient : quotient | 1n;
  return Number(sticky) / 2 ** shift;
}

/** An upper bound of the number's length in bits, at most three too high. */
function bits(value: bigint): number {
  return value.toString(16).length * 4;
}

function readLimbs(limbs: Float64Array, at: number): bigint {
  return (
    (BigInt(limbs[at + 2]!) << (2n * LIMB_BITS)) + (BigInt(limbs[at + 1]!) << LIMB_BITS) + BigInt(limbs[at]!)
  );
}

function writeLimbs(limbs: Float64Array, at: number, value: bigint): void {
  limbs[at] = Number(value & LIMB_MASK);
  limbs[at + 1] = Number((value >> LIMB_BITS) & LIMB_MASK);
  limbs[at + 2] = Number(value >> (2n * LIMB_BITS));
}
