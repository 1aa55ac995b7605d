import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NO_STREAM } from '../../domain/facts.ts';
import { StoreFailed } from '../../domain/ports.ts';
import { type EventStoreEngine, startEventStore } from '../engines/event-store-server.ts';
import { DamagedFact } from '../event-store/fact-row.ts';
import { noteDraft, payment, submissionOf } from '../event-store/submission-fixture.ts';
import { type EventStoreDb, openEventStoreDb } from './event-store-db.ts';
import { submissionsTo } from './submissions.ts';
import { emptyIndex } from './testing/lagging-index.ts';

const engine = await startEventStore({ systemEventEvery: 3 });
afterAll(() => engine.stop());

let store: EventStoreDb;
let streams = 0;
const freshStream = () => `alert-${streams++}`;
beforeEach(() => {
  store = openEventStoreDb(engine.url, { deadlineMs: 300, giveUpMs: 5_000 });
});
afterEach(() => store.close());

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('an append whose outcome is unknown is repeated until it is known:', () => {
  test.each(['swallow-ack', 'drop-after-commit', 'delay-ack', 'unavailable', 'not-leader'] as const)(
    '%s, twice',
    async (fault) => {
      const stream = freshStream();
      await engine.plan({ next: [fault, fault], delayMs: 400 });
      const facts = [noteDraft(), noteDraft()];
      const { revision, position } = await store.append(stream, NO_STREAM, facts);
      expect(revision).toBe(1);
      const stored = await store.readStream(stream, 0, 10);
      expect(stored.map(({ eventId }) => eventId)).toEqual(facts.map(({ eventId }) => eventId));
      expect(stored[1]!.position).toBe(position);
      // The late answers come now, and disturb nobody.
      await wait(fault === 'delay-ack' ? 300 : 0);
      expect(await store.append(stream, 1, [noteDraft()])).toMatchObject({ revision: 2 });
    },
  );

  test('the failure of one leaves the others in the same call alone', async () => {
    await engine.plan({ next: ['swallow-ack'] });
    const appends = Array.from({ length: 20 }, () => store.append(freshStream(), NO_STREAM, [noteDraft()]));
    const begun = performance.now();
    const settled: number[] = [];
    await Promise.all(appends.map((append) => append.then(() => settled.push(performance.now() - begun))));
    expect(settled.filter((ms) => ms < 250)).toHaveLength(19);
  });

  test('the server is killed and comes back', async () => {
    const stream = freshStream();
    await store.append(stream, NO_STREAM, [noteDraft()]);
    await engine.kill();
    const append = store.append(stream, 0, [noteDraft()]);
    const read = store.readStream(stream, 0, 10);
    await wait(200);
    await engine.restart();
    expect(await append).toMatchObject({ revision: 1 });
    expect((await read)[0]).toMatchObject({ revision: 0 });
  });

  test('the server hangs and goes on', async () => {
    const stream = freshStream();
    await store.append(stream, NO_STREAM, [noteDraft()]);
    engine.signal('SIGSTOP');
    const append = store.append(stream, 0, [noteDraft()]);
    await wait(1_000);
    engine.signal('SIGCONT');
    expect(await append).toMatchObject({ revision: 1 });
    expect(await store.readStream(stream, 0, 10)).toHaveLength(2);
  });

  test('after long enough it is told that it is unknown', async () => {
    const impatient = openEventStoreDb(engine.url, { deadlineMs: 100, giveUpMs: 400 });
    await engine.plan({ rate: 1, kinds: ['swallow-ack'] });
    const stream = freshStream();
    await expect(impatient.append(stream, NO_STREAM, [noteDraft()])).rejects.toThrow(StoreFailed);
    await engine.plan({});
    expect(await impatient.readStream(stream, 0, 10)).toHaveLength(1);
    await impatient.close();
  });
});

test('those who wait for facts are woken also after the server was killed', async () => {
  const head = await store.head();
  expect(await store.headPast(head, 50)).toBe(head);
  await engine.restart();
  const woken = store.headPast(head, 10_000);
  const { position } = await store.append(freshStream(), NO_STREAM, [noteDraft()]);
  expect(await woken).toBe(position);
});

test('who reads on whenever it stirs gets every fact, and none so late as if it had waited in vain', async () => {
  let at = await store.head();
  let stirs = await store.stirredSince(0, 10_000);
  for (let i = 0; i < 60; i++) {
    const appending = store.append(freshStream(), NO_STREAM, [noteDraft()]);
    const begun = performance.now();
    let read = await store.readAll(at, 10);
    while (read.length === 0) {
      stirs = await store.stirredSince(stirs, 10_000);
      read = await store.readAll(at, 10);
    }
    expect(performance.now() - begun).toBeLessThan(900);
    const { position } = await appending;
    expect(read.map((fact) => fact.position)).toEqual([position]);
    at = position;
  }
});

test('what another program wrote into the store is no fact, and is told', async () => {
  const own = await startEventStore();
  const other = EventStoreDBClient.connectionString(own.url);
  await other.appendToStream('account-x', jsonEvent({ type: 'Theirs', data: {} }));
  await other.dispose();
  const reader = openEventStoreDb(own.url);
  await expect(reader.readAll(0, 10)).rejects.toThrow(DamagedFact);
  await expect(reader.readOthers(0, 10)).rejects.toThrow(DamagedFact);
  await reader.close();
  await own.stop();
});

describe('what could not come back as it is is refused, not stored:', () => {
  test.each([
    ['an id that is no UUID', { eventId: 'event-1' }, 'eventId'],
    ['an id in upper case', { eventId: '6F9619FF-8B86-D011-B42D-00C04FC964FF' }, 'lower case'],
    ['half a character', { data: '"\ud800"' }, 'well-formed'],
  ])('%s', async (_, change, problem) => {
    await expect(store.append(freshStream(), NO_STREAM, [{ ...noteDraft(), ...change }])).rejects.toThrow(
      problem,
    );
  });

  test('more than the server takes', async () => {
    const big = { ...noteDraft(), data: JSON.stringify('x'.repeat(1_100_000)) };
    await expect(store.append(freshStream(), NO_STREAM, [big])).rejects.toThrow('MaxAppendSize');
    const submissions = submissionsTo(store, emptyIndex);
    const submission = submissionOf(payment({ attributes: { text: 'x'.repeat(600_000) } }));
    await expect(submissions.submit(submission)).rejects.toThrow('bigger');
  });

  test('an append of many messages is one append', async () => {
    const stream = freshStream();
    const facts = Array.from({ length: 9 }, () => ({
      ...noteDraft(),
      data: JSON.stringify('x'.repeat(110_000)),
    }));
    expect(await store.append(stream, NO_STREAM, facts)).toMatchObject({ revision: 8 });
  });
});

describe('of several nodes', () => {
  let follower: EventStoreEngine;
  beforeEach(async () => {
    follower = await startEventStore({ leader: `127.0.0.1:${engine.port}` });
  });
  afterEach(() => follower.stop());

  test.each([
    ['connected to a follower, as after another was elected,', () => follower.url],
    ['given several', () => `esdb://127.0.0.1:${follower.port},127.0.0.1:${engine.port}?tls=false`],
  ])('%s it appends to the leader and reads from it', async (_, url) => {
    const before = await store.head();
    const cluster = openEventStoreDb(url());
    const stream = freshStream();
    const { position } = await cluster.append(stream, NO_STREAM, [noteDraft()]);
    expect(await store.readStream(stream, 0, 10)).toHaveLength(1);
    await cluster.close();
    const reader = openEventStoreDb(url());
    expect(await reader.readAt(position)).toMatchObject({ stream });
    expect(await reader.readOthers(before, 10)).toHaveLength(1);
    await reader.close();
  });
});
