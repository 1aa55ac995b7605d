import { describe, expect, test } from '@jest/globals';
import { fitLogistic, logOdds } from '../../bench/detection/logistic.ts';
import { averagePrecision, cardPrecision, rocAuc } from '../../bench/detection/measures.ts';
import { randomFrom } from '../../infra/simulator/random.ts';

describe('average precision and ROC AUC', () => {
  const known = { score: [0.1, 0.4, 0.35, 0.8], isFraud: [false, false, true, true] };

  test('of a case reckoned by hand', () => {
    // Down the scores: fraud (1/1), honest, fraud (2/3), honest.
    expect(averagePrecision(known)).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(rocAuc(known)).toBeCloseTo(3 / 4, 12);
  });

  test('equal scores are one step', () => {
    const equal = { score: [5, 5, 5, 5], isFraud: [true, false, false, false] };
    expect(averagePrecision(equal)).toBe(1 / 4);
    expect(rocAuc(equal)).toBe(1 / 2);
  });

  test('all frauds on top is 1', () => {
    const perfect = { score: [-1, -2, -3], isFraud: [true, true, false] };
    expect(averagePrecision(perfect)).toBe(1);
    expect(rocAuc(perfect)).toBe(1);
  });
});

test('card precision counts accounts, day by day, and leaves out those found', () => {
  const judged = {
    score: [-9, -8, -1, -2, -1, -9],
    isFraud: [true, false, false, false, true, true],
    account: ['a', 'a', 'b', 'c', 'a', 'd'],
    day: [1, 1, 1, 1, 2, 2],
  };
  // Of day 1 the top three are b, c, a, and a is found; of day 2 only d is left.
  expect(cardPrecision(judged, 3)).toBeCloseTo((1 / 3 + 1 / 3) / 2, 12);
  // Of day 1 the top one is b; of day 2 it is a.
  expect(cardPrecision(judged, 1)).toBe(1 / 2);
});

test('a logistic regression finds the weights that made its cases', () => {
  const random = randomFrom('logistic');
  const real = { bias: -1, weights: [0.02, -3] };
  const rows = Array.from({ length: 20_000 }, () => [random.below(200), random.below(1_000) / 1_000]);
  const isFraud = rows.map((row) => random.below(1e9) / 1e9 < 1 / (1 + Math.exp(-logOdds(real, row))));
  const found = fitLogistic(rows, isFraud);
  expect(Math.abs(found.bias - real.bias)).toBeLessThan(0.15);
  expect(Math.abs(found.weights[0]! - real.weights[0]!)).toBeLessThan(0.002);
  expect(Math.abs(found.weights[1]! - real.weights[1]!)).toBeLessThan(0.2);
});
