import { describe, expect, test } from '@jest/globals';
import { randomFrom } from './random.ts';

describe('chance from a seed', () => {
  test('is the same on every machine', () => {
    const random = randomFrom('shrike');
    expect(Array.from({ length: 6 }, () => random.below(1_000_000))).toEqual(PINNED);
    expect(randomFrom('shrike').hex(12)).toBe(PINNED_HEX);
  });

  test('differs from seed to seed and from fork to fork', () => {
    const first = (seed: string) => randomFrom(seed).below(2 ** 32);
    expect(new Set(['1', '2', '12', '21', '', 'a/b'].map(first)).size).toBe(6);
    expect(
      randomFrom('1')
        .fork('a')
        .below(2 ** 32),
    ).not.toBe(
      randomFrom('1')
        .fork('b')
        .below(2 ** 32),
    );
  });

  test('of a fork does not move with what was drawn before', () => {
    const random = randomFrom('1');
    const before = random.fork('a').hex(16);
    random.below(10);
    expect(random.fork('a').hex(16)).toBe(before);
  });

  test('falls evenly', () => {
    const random = randomFrom('even');
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  test('keeps to its bounds and weights', () => {
    const random = randomFrom('bounds');
    const drawn = Array.from({ length: 2_000 }, () => random.between(3, 5));
    expect(new Set(drawn)).toEqual(new Set([3, 4, 5]));
    const picked = Array.from({ length: 2_000 }, () => random.weighted([0, 3, 0, 1]));
    expect(new Set(picked)).toEqual(new Set([1, 3]));
    expect(picked.filter((index) => index === 1).length).toBeGreaterThan(1_300);
  });
});

const PINNED = [981704, 701426, 640374, 239836, 690694, 192428];
const PINNED_HEX = 'fba3b378f759';
