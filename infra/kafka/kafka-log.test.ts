import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import type { KafkaClient, MemberEvents } from './kafka-client.ts';
import { KafkaLog } from './kafka-log.ts';

const PARTITION = 3;
/** Ticks at offsets 0, 1, 2, … that reach up to positions 10, 20, 30, … */
const MESSAGES = Array.from({ length: 6 }, (_, offset) => ({
  offset,
  value: null,
  headers: { from: String(offset * 10), position: String(offset * 10 + 10) },
}));

let log: KafkaLog | undefined;
afterEach(() => log?.close());

/** A log over a topic that gives everything from where it is told to read, and where it was told so. */
async function opened(checkpoint: { offset: number | null }) {
  const reads: (number | null)[] = [];
  let events: MemberEvents | undefined;
  const client: KafkaClient = {
    producer: () => Promise.reject(new Error('nothing is sent')),
    async join(_topic, _group, told) {
      events = told;
      return {
        readFrom(partition, offset) {
          reads.push(offset);
          told.onMessages(partition, MESSAGES.slice(offset ?? 0));
        },
        pause() {},
        resume() {},
        commit: async () => {},
        close: async () => {},
      };
    },
  };
  log = new KafkaLog({
    client,
    topic: 'facts',
    groupId: 'group',
    startOffset: async () => checkpoint.offset,
    onAssigned() {},
  });
  await log.open();
  events!.onAssigned([PARTITION]);
  await setImmediate();
  return { log, reads };
}

const positions = async (from: KafkaLog, after: number, limit: number) =>
  (await from.poll(PARTITION, after, limit)).map(({ position }) => position);

test('a reader that goes on is given each record once', async () => {
  const { log, reads } = await opened({ offset: null });
  expect(await positions(log, 0, 4)).toEqual([10, 20, 30, 40]);
  expect(await positions(log, 40, 4)).toEqual([50, 60]);
  expect(reads).toEqual([null]);
});

test('a reader that went back to its checkpoint is given again what it had taken', async () => {
  const checkpoint: { offset: number | null } = { offset: null };
  const { log, reads } = await opened(checkpoint);
  expect(await positions(log, 0, 4)).toEqual([10, 20, 30, 40]);
  checkpoint.offset = 2;
  expect(await positions(log, 20, 4)).toEqual([]);
  await setImmediate();
  expect(await positions(log, 20, 4)).toEqual([30, 40, 50, 60]);
  expect(reads).toEqual([null, 2]);
});
