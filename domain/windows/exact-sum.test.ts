import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quotientIfProven, ratio } from './exact-quotient.ts';
import {
  addSquare,
  addValue,
  deviationOf,
  meanOf,
  SQUARE_LIMBS,
  SUM_LIMBS,
  squaresAsBigint,
  sumAsBigint,
  sumAsDouble,
  takeSquare,
  takeValue,
} from './exact-sum.ts';

const SUM_AT = 1;
const SQUARES_AT = SUM_AT + SUM_LIMBS;
const LARGEST = Number.MAX_SAFE_INTEGER;

const open = (): number[] => new Array<number>(SQUARES_AT + SQUARE_LIMBS).fill(0);

function add(limbs: number[], value: number): void {
  addValue(limbs, SUM_AT, value);
  addSquare(limbs, SQUARES_AT, value);
}

function take(limbs: number[], value: number): void {
  takeValue(limbs, SUM_AT, value);
  takeSquare(limbs, SQUARES_AT, value);
}

const amount = fc.oneof(
  fc.integer({ min: 0, max: 50_000 }),
  fc.integer({ min: 0, max: LARGEST }),
  fc.constantFrom(0, 1, LARGEST, LARGEST - 1, 94_906_265, 94_906_266, 2 ** 40, 2 ** 52, 2 ** 52 + 1),
);

const total = (values: number[]): bigint => values.reduce((sum, value) => sum + BigInt(value), 0n);
const squares = (values: number[]): bigint => values.reduce((sum, value) => sum + BigInt(value) ** 2n, 0n);

/** The nearest double to a / b, ties to even, by comparing whole numbers only. */
function nearest(a: bigint, b: bigint): number {
  if (a === 0n) return 0;
  let exponent = 0;
  let scaledUp = a;
  let scaledDown = b;
  while (scaledUp < scaledDown << 52n) [scaledUp, exponent] = [scaledUp << 1n, exponent - 1];
  while (scaledUp >= scaledDown << 53n) [scaledDown, exponent] = [scaledDown << 1n, exponent + 1];
  const floor = scaledUp / scaledDown;
  const twiceRest = 2n * (scaledUp - floor * scaledDown);
  const isUp = twiceRest > scaledDown || (twiceRest === scaledDown && floor % 2n === 1n);
  return Number(isUp ? floor + 1n : floor) * 2 ** exponent;
}

describe('sums of amounts and of their squares', () => {
  test('are exact whatever enters and leaves, in any order', () => {
    const step = fc.record({ value: amount, takes: fc.option(fc.nat()) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const limbs = open();
        const held: number[] = [];
        for (const { value, takes } of steps) {
          if (takes !== null && held.length > 0) take(limbs, held.splice(takes % held.length, 1)[0]!);
          held.push(value);
          add(limbs, value);
          expect(sumAsBigint(limbs, SUM_AT)).toBe(total(held));
          expect(squaresAsBigint(limbs, SQUARES_AT)).toBe(squares(held));
        }
        while (held.length > 0) take(limbs, held.pop()!);
        expect(limbs).toEqual(open());
      }),
      { numRuns: 500 },
    );
  });

  test('are rounded once where they are read as doubles', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 40 }), (values) => {
        const limbs = open();
        for (const value of values) addValue(limbs, SUM_AT, value);
        expect(sumAsDouble(limbs, SUM_AT)).toBe(nearest(total(values), 1n));
        expect(meanOf(limbs, SUM_AT, values.length)).toBe(nearest(total(values), BigInt(values.length)));
      }),
      { numRuns: 500 },
    );
  });

  test('give the deviation of the exact variance, by doubles or by whole numbers', () => {
    const alike = fc.tuple(fc.integer({ min: 0, max: LARGEST - 9 }), fc.array(fc.nat(9), { minLength: 2 }));
    const samples = fc.oneof(
      fc.array(amount, { minLength: 2, maxLength: 60 }),
      fc.array(fc.integer({ min: 0, max: 20_000_000 }), { minLength: 2, maxLength: 400 }),
      // Nearly all of the numerator cancels out.
      alike.map(([base, offsets]) => offsets.map((offset) => base + offset)),
    );
    fc.assert(
      fc.property(samples, (values) => {
        const limbs = open();
        for (const value of values) add(limbs, value);
        const n = BigInt(values.length);
        const variance = nearest(n * squares(values) - total(values) ** 2n, n * (n - 1n));
        expect(deviationOf(limbs, SUM_AT, SQUARES_AT, values.length)).toBe(Math.sqrt(variance));
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('a quotient', () => {
  const numerator = fc.bigInt({ min: 0n, max: 2n ** 106n - 1n });
  const divisor = fc.integer({ min: 1, max: 2 ** 53 - 1 });
  /** The double nearest to a number of up to 106 bits, and what is left. */
  const parts = (value: bigint): [number, number] => [Number(value), Number(value - BigInt(Number(value)))];

  test('is the nearest double, by whole numbers always, by doubles where they prove it', () => {
    fc.assert(
      fc.property(numerator, divisor, (a, b) => {
        const expected = nearest(a, BigInt(b));
        expect(ratio(a, BigInt(b))).toBe(expected);
        expect([expected, Number.NaN]).toContainEqual(quotientIfProven(...parts(a), b));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is nearly always proven by doubles, but never in the middle between two', () => {
    const random = fc.sample(fc.tuple(numerator, divisor), { numRuns: 1_000, seed: 3 });
    const proven = random.filter(([a, b]) => !Number.isNaN(quotientIfProven(...parts(a), b)));
    expect(proven.length).toBeGreaterThan(990);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
        fc.integer({ min: 1, max: 2 ** 51 }),
        (q, b) => {
          const middle = (2n * q + 1n) * BigInt(b);
          expect(quotientIfProven(...parts(middle), 2 * b)).toBeNaN();
          expect(ratio(middle, 2n * BigInt(b))).toBe(nearest(middle, 2n * BigInt(b)));
        },
      ),
    );
  });
});
