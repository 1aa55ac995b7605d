import { expect, test } from '@jest/globals';
import { inThreads } from './in-threads.ts';

const inAll = (parts: string[], onProgress: (part: number) => void = () => undefined, signal?: AbortSignal) =>
  inThreads({
    worker: new URL('./thread.fixture.ts', import.meta.url),
    name: 'test',
    parts,
    onProgress,
    ...(signal !== undefined && { signal }),
  });

test('gives what came of each part, in their order, and how far each is', async () => {
  const told = new Set<number>();
  expect(await inAll(['work', 'work'], (part) => told.add(part))).toEqual(['done', 'done']);
  expect(told).toEqual(new Set([0, 1]));
});

test.each([
  ['fail', 'it was told to fail'],
  ['end', 'a thread of the test ended before its time'],
])('one that is to %s fails the whole, and the others end', async (what, why) => {
  await expect(inAll(['stay', what])).rejects.toThrow(why);
});

test('is broken off by a signal', async () => {
  const cancelled = new AbortController();
  const all = inAll(['stay', 'stay'], () => cancelled.abort(new Error('enough')), cancelled.signal);
  await expect(all).rejects.toThrow('enough');
  await expect(inAll(['stay'], undefined, cancelled.signal)).rejects.toThrow('enough');
});
