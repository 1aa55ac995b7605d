import { expect, test } from '@jest/globals';
import type { Decision } from '../../../domain/decision.ts';
import { HeardProgress } from './heard-progress.ts';
import { RecordedWaits } from './recorded-waits.ts';

const stored = (accountId: string, position: number) => ({
  transactionId: 't',
  accountId,
  revision: 0,
  position,
});
/** Accounts are named for their partitions. */
const partitionOf = (accountId: string) => Number(accountId);

function world() {
  const progress = new HeardProgress(2);
  const reads: [number, number[]][] = [];
  const waits = new RecordedWaits(progress, partitionOf, async (partition, positions) => {
    reads.push([partition, [...positions]]);
    return positions.map((position) => ({ position }) as Decision);
  });
  return { progress, reads, waits };
}

test('all that a movement decides are answered by one read, others wait on', async () => {
  const { progress, reads, waits } = world();
  const waiting = [stored('0', 5), stored('0', 7), stored('0', 9), stored('1', 6)].map((each) =>
    waits.at(each, 60),
  );
  progress.told({ decided: { 0: 7 }, seen: {} });
  expect((await Promise.all(waiting.slice(0, 2))).map((decision) => decision?.position)).toEqual([5, 7]);
  expect(reads).toEqual([[0, [5, 7]]]);
  expect(await Promise.all(waiting.slice(2))).toEqual([undefined, undefined]);
});

test('what is decided already is not waited for, and nobody waits when it ends', async () => {
  const { progress, waits } = world();
  progress.looked({ decided: { 0: 7, 1: 3 }, seen: { alerts: 2 } });
  expect(await waits.at(stored('0', 7), 60_000)).toBeUndefined();
  const waiting = waits.at(stored('1', 4), 60_000);
  waits.end();
  expect(await waiting).toBeUndefined();
  expect(await waits.at(stored('1', 4), 60_000)).toBeUndefined();
});

test('a read that fails is told to those it was for', async () => {
  const progress = new HeardProgress(1);
  const waits = new RecordedWaits(progress, partitionOf, () => Promise.reject(new Error('no database')));
  const waiting = waits.at(stored('0', 1), 60_000);
  progress.told({ decided: { 0: 1 }, seen: {} });
  await expect(waiting).rejects.toThrow('no database');
});

test('progress is the lowest of all partitions; what is told late lowers nothing, what is looked up does', () => {
  const progress = new HeardProgress(2);
  progress.told({ decided: { 0: 9 }, seen: { alerts: 5 } });
  expect(progress.decided()).toBe(0);
  progress.told({ decided: { 1: 4, 0: 3 }, seen: { alerts: 4 } });
  expect([progress.decided(), progress.decidedOf(0), progress.seen('alerts')]).toEqual([4, 9, 5]);
  progress.looked({ decided: { 0: 2 }, seen: { alerts: 1 } });
  expect([progress.decided(), progress.seen('alerts')]).toEqual([2, 1]);
});
