import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { delivery } from './delivery.ts';

describe('a reader that has handled everything up to 10', () => {
  test.each([
    ['repeated', { from: 8, position: 9 }, 'skip'],
    ['the last one again', { from: 9, position: 10 }, 'skip'],
    ['the next one', { from: 10, position: 11 }, 'handle'],
    ['one that covers more than the reader needs', { from: 0, position: 11 }, 'handle'],
    ['after a loss', { from: 11, position: 12 }, 'heal'],
  ])('%s', (_, record, expected) => {
    expect(delivery(10, record)).toBe(expected);
  });
});

test('whatever is delivered, in whatever order, each position is handled once and none is passed by', () => {
  const record = fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]) => ({
    from: Math.min(a, b),
    position: Math.max(a, b) + 1,
  }));
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const handled: number[] = [];
      let upTo = 0;
      for (const { from, position } of records) {
        const answer = delivery(upTo, { from, position });
        if (answer === 'skip') continue;
        if (answer === 'heal') while (upTo < from) handled.push(++upTo);
        // True statement: nothing but the record lies in (from, position]; what lies there was handled or is empty.
        for (let empty = upTo + 1; empty <= position; empty++) handled.push(empty);
        upTo = position;
      }
      expect(handled).toEqual(Array.from({ length: upTo }, (_, i) => i + 1));
    }),
  );
});
