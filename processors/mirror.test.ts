import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountOfStream, alertOfStream, RATES_STREAM, ruleSetStream } from '../domain/facts.ts';
import type { LogRecord } from '../domain/ports.ts';
import { Mirror, type Partitions } from './mirror.ts';
import { catchUp, RuleSetTimeline } from './rule-set-timeline.ts';
import { StoreLog } from './store-log.ts';
import { activated, draft, published, ruleSetOf, submitted } from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { stamped, stamperOf } from './test-support/stamped.ts';

const streams = ['account-a', 'account-b', 'account-c', 'alert-1', RATES_STREAM, ruleSetStream('r')];

function storeOf(kinds: readonly number[]): MemoryEventStore {
  const store = new MemoryEventStore();
  store.appendAny(ruleSetStream('r'), [published(ruleSetOf('r', 'columns'), 1)]);
  for (const kind of kinds) {
    const stream = streams[kind]!;
    const accountId = accountOfStream(stream);
    if (accountId !== undefined) {
      store.appendAny(stream, [submitted({ accountId, transactionId: `${store.facts.length}` })]);
    } else {
      store.appendAny(stream, [stream === 'ruleset-r' ? activated('r', 1) : draft('RatesPublished', {})]);
    }
  }
  return store;
}

const byStream: Partitions = { count: 2, of: ({ stream }) => (stream === 'account-b' ? 1 : 0) };

const isMirrored = (stream: string) =>
  accountOfStream(stream) !== undefined || alertOfStream(stream) !== undefined;

describe('a mirror, started anywhere and fed in pieces of any size', () => {
  test('says of every position of its partition what lies there, and nothing false', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(streams.length - 1), { minLength: 1, maxLength: 40 }),
        fc.nat(40),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        async (kinds, at, pieces) => {
          const store = storeOf(kinds);
          const start = at % store.facts.length;
          const timeline = new RuleSetTimeline();
          await catchUp(timeline, store, start);
          const mirror = new Mirror(start, byStream);
          const records: LogRecord[] = [];
          for (let i = 0; mirror.position < store.facts.length; i++) {
            const piece = pieces[i % pieces.length]!;
            const read = store.facts.slice(mirror.position, mirror.position + piece);
            records.push(...mirror.mirror(stamped(timeline, read)));
            if (i % 2 === 0) records.push(...mirror.ticks());
          }
          records.push(...mirror.ticks());
          for (const partition of [0, 1]) {
            const said = records.filter((record) => record.partition === partition);
            expect(said.map(({ from }) => from)).toEqual([
              start,
              ...said.slice(0, -1).map(({ position }) => position),
            ]);
            expect(said.at(-1)?.position).toBe(store.facts.length);
            const expected = store.facts.filter(
              (fact) => fact.position > start && isMirrored(fact.stream) && byStream.of(fact) === partition,
            );
            expect(said.flatMap(({ fact }) => fact ?? [])).toEqual(expected);
            for (const { fact, position } of said) if (fact !== null) expect(fact.position).toBe(position);
          }
        },
      ),
    );
  });

  test('stamps a record with the rule set activated before it', () => {
    const store = storeOf([0, 5, 1]);
    const mirror = new Mirror(0);
    const stamps = mirror
      .mirror(stamped(new RuleSetTimeline(), store.facts))
      .map(({ position, ruleSet }) => [position, ruleSet]);
    expect(stamps).toEqual([
      [2, null],
      [4, { name: 'r', version: 1 }],
    ]);
  });
});

test('the embedded log gives the same records wherever it is asked to go on, also backwards', async () => {
  const store = storeOf([0, 1, 5, 0, 3, 2, 4, 0, 4]);
  const log = new StoreLog(store, stamperOf(store), async () => {});
  const all = await log.poll(0, 0, 100);
  expect(all.at(-1)).toMatchObject({ fact: null, position: store.facts.length });
  const later = await log.poll(0, 5, 100);
  expect(later.map(({ position, ruleSet }) => [position, ruleSet])).toEqual(
    all.filter(({ position }) => position > 5).map(({ position, ruleSet }) => [position, ruleSet]),
  );
  expect(await log.poll(0, 0, 100)).toEqual(all);
  expect(await log.poll(0, store.facts.length, 100)).toEqual([]);
});
