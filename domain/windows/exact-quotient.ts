import { productError, sumError } from './double-double.ts';

/** How near to the middle of two doubles a quotient may be known to lie and still be rounded without BigInt. */
const NEAR_TIE = 1 + 2 ** -40;

/**
 * (high + low) / divisor, rounded once to the nearest double, or NaN where doubles cannot prove which that is:
 * it lies too near to the middle between two.
 *
 * @param high at least 0, and `low` what its rounding left over: together exactly an integer
 * @param divisor a positive integer up to 2^53
 */
export function quotientIfProven(high: number, low: number, divisor: number): number {
  const estimate = high / divisor;
  const product = estimate * divisor;
  const remainder = high - product + (low - productError(estimate, divisor, product));
  // True to 50 bits, while it reaches the last bit of the estimate with its first.
  const correction = remainder / divisor;
  const quotient = estimate + correction;
  const rest = sumError(estimate, correction, quotient);
  return quotient + rest * NEAR_TIE === quotient ? quotient : Number.NaN;
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
