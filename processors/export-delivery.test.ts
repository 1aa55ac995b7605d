import { expect, test } from '@jest/globals';
import { type ExportRecord, type ExportTopic, RecordsRefused } from '../domain/export-record.ts';
import type { Checkpoint, ExportLog } from '../domain/ports.ts';
import { ExportDelivery } from './export-delivery.ts';
import { redrive } from './redrive.ts';
import { MemoryDeadLetters } from './test-support/memory-dead-letters.ts';

const HERE: Checkpoint = { partition: 0, position: 0, eventId: null };
const record = (accountId: string, revision: number, topic: ExportTopic = 'risk-scores'): ExportRecord => {
  return { topic, id: `${accountId}${revision}`, accountId, revision, value: '{}', traceparent: null };
};

/** A log that takes what it is told to, dead letters, and a clock that goes on while it is waited. */
class World {
  readonly topic: string[] = [];
  /** Ids of every attempt, in order. */
  readonly attempts: string[][] = [];
  refused = new Set<string>();
  isDown = false;
  nowMs = 0;
  position = 0;
  readonly letters = new MemoryDeadLetters(({ position }) => position === this.position);
  readonly log: ExportLog = {
    append: async (_topic, _partition, records) => {
      const ids = records.map(({ id }) => id);
      this.attempts.push(ids);
      if (this.isDown) throw new Error('no broker answers');
      if (ids.some((id) => this.refused.has(id))) throw new RecordsRefused('too large');
      this.topic.push(...ids);
    },
  };
  readonly delivery = new ExportDelivery({
    log: this.log,
    letters: this.letters,
    giveUpAfterMs: 10_000,
    restMs: 5_000,
    now: () => this.nowMs,
    sleep: async (ms) => {
      this.nowMs += ms;
    },
  });

  deliver(...records: ExportRecord[]): Promise<boolean> {
    return this.delivery.deliver(HERE, records);
  }

  kept(): string[] {
    return [...this.letters.letters.values()].map(({ id, problem }) => `${id} ${problem}`);
  }

  redrive(filter = {}) {
    return redrive({ letters: this.letters, log: this.log, filter });
  }
}

test('of which the log refuses one go on without it and what follows it of its account', async () => {
  const world = new World();
  world.refused.add('b1');
  await world.deliver(record('a', 1), record('b', 1), record('b', 2), record('c', 1), record('a', 2));
  expect(world.topic).toEqual(['a1', 'c1', 'a2']);
  expect(world.kept()).toEqual(['b1 too large', 'b2 waits behind revision 1']);
  await world.deliver(record('b', 3), record('c', 2));
  expect(world.topic).toEqual(['a1', 'c1', 'a2', 'c2']);
  expect(world.kept().slice(2)).toEqual(['b3 waits behind earlier dead letters']);

  expect(await world.redrive()).toEqual({
    delivered: 0,
    refused: [{ topic: 'risk-scores', accountId: 'b', revision: 1, problem: 'too large' }],
  });
  expect(world.kept()).toHaveLength(3);
  world.refused.clear();
  expect(await world.redrive()).toEqual({ delivered: 3, refused: [] });
  await world.deliver(record('b', 4));
  expect(world.topic.slice(4)).toEqual(['b1', 'b2', 'b3', 'b4']);
  expect(world.kept()).toEqual([]);
});

test('topics do not wait for each other', async () => {
  const world = new World();
  world.refused.add('a1');
  await world.deliver(record('a', 1, 'fraud-suspected'), { ...record('a', 1), id: 'score' }, record('a', 2));
  expect(world.topic).toEqual(['score', 'a2']);
  expect(world.kept()).toEqual(['a1 too large']);
});

test('that the log takes late are delivered late; beyond its time they are kept, and soon tried again', async () => {
  const world = new World();
  world.isDown = true;
  const delivering = world.deliver(record('a', 1));
  await Promise.resolve();
  expect(await delivering).toBe(true);
  expect(world.nowMs).toBeGreaterThanOrEqual(10_000);
  expect(world.nowMs).toBeLessThan(13_000);
  expect(world.kept()).toEqual(['a1 no broker answers']);
  expect(world.delivery.problemOf(0)).toBe('risk-scores: no broker answers');
  expect(world.delivery.problemOf(1)).toBeNull();

  const attempts = world.attempts.length;
  await world.deliver(record('b', 1));
  expect(world.attempts).toHaveLength(attempts);
  world.nowMs += 5_000;
  await world.deliver(record('c', 1));
  expect(world.attempts).toHaveLength(attempts + 1);
  expect(world.kept().map((text) => text.slice(0, 2))).toEqual(['a1', 'b1', 'c1']);

  world.nowMs += 5_000;
  world.isDown = false;
  await world.deliver(record('d', 1), record('a', 2));
  expect(world.topic).toEqual(['d1']);
  expect(world.delivery.problemOf(0)).toBeNull();
  await world.redrive();
  expect(world.topic).toEqual(['d1', 'a1', 'a2', 'b1', 'c1']);
});

test('a process that wakes with its time gone tries again before it gives up', async () => {
  const world = new World();
  const { append } = world.log;
  world.log.append = async (...args) => {
    if (world.nowMs === 0) {
      world.nowMs = 60_000;
      throw new Error('it took longer than 4000 ms');
    }
    return append(...args);
  };
  await world.deliver(record('a', 1));
  expect([world.topic, world.kept()]).toEqual([['a1'], []]);
});

test('one who has lost the partition keeps no letters, and hears of it', async () => {
  const world = new World();
  world.refused.add('a1');
  world.position = 5;
  expect(await world.deliver(record('a', 1))).toBe(false);
  expect(world.kept()).toEqual([]);
});

test('a redrive of one account leaves the others; one that the log fails stops, and keeps what is left', async () => {
  const world = new World();
  for (const account of ['a', 'b']) world.refused.add(`${account}1`);
  await world.deliver(record('a', 1), record('b', 1), record('b', 2));
  world.refused.clear();
  await world.redrive({ accountId: 'b' });
  expect(world.topic).toEqual(['b1', 'b2']);
  world.isDown = true;
  await expect(world.redrive()).rejects.toThrow('no broker answers');
  expect(world.kept()).toEqual(['a1 too large']);
});
