import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Dictionary } from './dictionary.ts';
import { hashOf } from './label-pool.ts';

/** Pairs of equal hash, beside values of any kind. */
const COLLIDING = ['costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke'];
const value = fc.oneof(
  fc.constantFrom(...COLLIDING, '', 'ü', 0, 1, -1.5, true, false),
  fc.integer({ min: 0, max: 60 }).map((i) => `merchant-${i}`),
);

test('the colliding values do collide', () => {
  for (let i = 0; i < COLLIDING.length; i += 2) expect(hashOf(COLLIDING[i]!)).toBe(hashOf(COLLIDING[i + 1]!));
});

describe('a dictionary', () => {
  test('numbers values as a Map would, through retain, release and snapshots', () => {
    const step = fc.record({
      value,
      releases: fc.integer({ min: 0, max: 3 }),
      of: fc.nat(),
      saved: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        let dictionary = new Dictionary(1);
        const rows: { id: number; value: unknown }[] = [];
        for (const { value, releases, of, saved } of steps) {
          rows.push({ id: dictionary.retain(value, hashOf(value)), value });
          for (let i = 0; i < releases && rows.length > 1; i++) {
            dictionary.release(rows.splice((of + i) % rows.length, 1)[0]!.id);
          }
          if (saved === 0) dictionary = Dictionary.from(JSON.parse(JSON.stringify(dictionary.dump())), 1);
          const numberOf = new Map(rows.map(({ id, value }) => [value, id]));
          expect(new Set(numberOf.values()).size).toBe(numberOf.size);
          for (const row of rows) {
            expect(row.id).toBe(numberOf.get(row.value));
            expect(dictionary.valueOf(row.id)).toBe(row.value);
          }
        }
        expect(new Set(rows.map(({ id }) => id)).size).toBe(new Set(rows.map((row) => row.value)).size);
      }),
      { numRuns: 200 },
    );
  });

  test('does not grow while values come and go', () => {
    const dictionary = new Dictionary(0);
    for (let i = 0; i < 10_000; i++) {
      dictionary.release(dictionary.retain(`device-${i}`, hashOf(`device-${i}`)));
    }
    expect(dictionary.dump().values.length).toBeLessThan(20);
  });

  test('gives missing the number 0', () => {
    const dictionary = new Dictionary(0);
    expect(dictionary.retain(undefined, 0)).toBe(0);
    expect(dictionary.idOf('unknown', hashOf('unknown'))).toBe(0);
  });
});
