/**
 * What rounding leaves over of a sum or product of doubles, exactly (Knuth, Dekker): with it, 106-bit integers
 * are computed in doubles, a hundred times faster than in BigInt.
 */

/** (a + b) - sum, where sum is a + b as rounded. */
export function sumError(a: number, b: number, sum: number): number {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

/** 2^27 + 1: multiplying by it splits a double into two halves of 26 bits. */
const SPLITTER = 134_217_729;

/** a * b - product, where product is a * b as rounded. For magnitudes from 2^-400 to 2^400. */
export function productError(a: number, b: number, product: number): number {
  const aScaled = a * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * SPLITTER;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
