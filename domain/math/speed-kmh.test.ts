import { expect, test } from '@jest/globals';
import { speedKmh } from './speed-kmh.ts';

const BERLIN = { latitude: 52.52, longitude: 13.405, atMs: 0 };
const PARIS = { latitude: 48.8566, longitude: 2.3522, atMs: 3_600_000 };

test('878 km within an hour', () => {
  expect(speedKmh(BERLIN, PARIS)).toBeCloseTo(877.5, 0);
  expect(speedKmh(BERLIN, { ...PARIS, atMs: 7_200_000 })).toBe(speedKmh(BERLIN, PARIS) / 2);
});

test('at the same millisecond, or one later, is the same speed; at the same place it is none', () => {
  expect(speedKmh(BERLIN, { ...PARIS, atMs: 0 })).toBe(speedKmh(BERLIN, { ...PARIS, atMs: 1 }));
  expect(speedKmh(BERLIN, { ...PARIS, atMs: 0 })).toBeGreaterThan(3e9);
  expect(speedKmh(BERLIN, BERLIN)).toBe(0);
});

test('what is missing or off the globe has no speed', () => {
  expect(speedKmh({ ...BERLIN, latitude: Number.NaN }, PARIS)).toBeNaN();
  expect(speedKmh(BERLIN, { ...PARIS, longitude: 181 })).toBeNaN();
  expect(speedKmh({ ...BERLIN, atMs: Number.NaN }, PARIS)).toBeNaN();
});
