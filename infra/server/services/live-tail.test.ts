import { expect, test } from '@jest/globals';
import { alertStream } from '../../../domain/facts.ts';
import { draft } from '../../../processors/test-support/facts.ts';
import { MemoryEventStore } from '../../../processors/test-support/memory-event-store.ts';
import { LiveTail } from './live-tail.ts';

function world(most?: number) {
  const store = new MemoryEventStore();
  let reads = 0;
  const counting = {
    readOthers: (after: number, limit: number) => {
      reads++;
      return store.readOthers(after, limit);
    },
  };
  const raise = (count: number) => {
    for (let i = 0; i < count; i++)
      store.appendAny(alertStream(`a${store.facts.length}`), [draft('FraudSuspected', {})]);
    return store.facts.length;
  };
  const tail = new LiveTail(
    counting,
    async (facts) => facts.map(({ position }) => ({ position, type: 'x', data: {} })),
    0,
    most,
  );
  const positions = async (after: number, upTo: number, limit = 100) =>
    (await tail.after(after, upTo, limit))?.map(({ position }) => position);
  return { raise, positions, reads: () => reads };
}

test('many who ask at once cost one read, and all get every event once', async () => {
  const { raise, positions, reads } = world();
  const upTo = raise(3);
  const answers = await Promise.all(Array.from({ length: 50 }, () => positions(0, upTo)));
  for (const answer of answers) expect(answer).toEqual([1, 2, 3]);
  expect(reads()).toBe(1);
  raise(4);
  expect(await Promise.all([positions(3, 5), positions(1, 7, 2), positions(7, 7)])).toEqual([
    [4, 5],
    [2, 3],
    [],
  ]);
  expect(reads()).toBeLessThanOrEqual(3);
});

test('what is not shown yet is not told, also when it was read already', async () => {
  const { raise, positions } = world();
  raise(9);
  expect(await positions(0, 4)).toEqual([1, 2, 3, 4]);
  expect(await positions(0, 9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(await positions(0, 4)).toEqual([1, 2, 3, 4]);
});

test('who is further behind than what is held is told so, and nothing in between is skipped', async () => {
  const { raise, positions } = world(3);
  raise(5);
  expect(await positions(0, 5)).toBeUndefined();
  expect(await positions(1, 5)).toBeUndefined();
  expect(await positions(2, 5)).toEqual([3, 4, 5]);
});
