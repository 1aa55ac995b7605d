import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { revisionCache } from './revision-cache.ts';

test('what it holds is what was set last, and the streams used last are held', () => {
  const stream = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const use = fc.record({ stream, revision: fc.option(fc.nat(), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(use, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (uses, capacity) => {
      const cache = revisionCache(capacity);
      const oracle = new Map<string, number>();
      const held: string[] = [];
      for (const { stream, revision } of uses) {
        if (revision === undefined) {
          const got = cache.get(stream);
          if (got === undefined) expect(held.slice(0, capacity)).not.toContain(stream);
          else expect(got).toBe(oracle.get(stream));
          if (got === undefined) continue;
        } else {
          cache.set(stream, revision);
          oracle.set(stream, revision);
        }
        if (held.includes(stream)) held.splice(held.indexOf(stream), 1);
        held.unshift(stream);
      }
    }),
  );
});

test('holds at most twice its capacity', () => {
  const cache = revisionCache(10);
  for (let i = 0; i < 1_000; i++) cache.set(`stream-${i}`, i);
  const held = Array.from({ length: 1_000 }, (_, i) => cache.get(`stream-${i}`)).filter(
    (found) => found !== undefined,
  );
  expect(held.length).toBeLessThanOrEqual(20);
});
