import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AllStreamResolvedEvent,
  EventStoreDBClient,
  eventTypeFilter,
  jsonEvent,
  type Position,
  START,
} from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type DevServer, startDevServer } from './dev-server.ts';

/** The server as the client package sees it, which knows nothing of Shrike. */
let folder: string;
let server: DevServer;
let client: EventStoreDBClient;
const clients: EventStoreDBClient[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-dev-server-'));
  server = await startDevServer({ folder, systemEventEvery: 4 });
  client = connect();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((opened) => opened.dispose()));
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function connect(port = server.port): EventStoreDBClient {
  const opened = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
  clients.push(opened);
  return opened;
}

const event = (type = 'Noted') => jsonEvent({ type, id: randomUUID(), data: { n: 1 } });
/** Per-call credentials make the client use Append, without them it uses BatchAppend. */
const WAYS = [
  ['BatchAppend', {}],
  ['Append', { credentials: { username: 'u', password: 'p' } }],
] as const;

describe.each(WAYS)('%s', (_, way) => {
  test('answers with revision and position, and a repeat with the same, also when the stream went on', async () => {
    const events = [event(), event()];
    const first = await client.appendToStream('s', events, { expectedRevision: 'no_stream', ...way });
    expect(first).toMatchObject({ success: true, nextExpectedRevision: 1n });
    await client.appendToStream('s', [event()], { expectedRevision: 1n, ...way });
    expect(await client.appendToStream('s', events, { expectedRevision: 'no_stream', ...way })).toEqual(
      first,
    );
  });

  test.each([
    ['no_stream' as const, 1n],
    [0n, 1n],
    [7n, 1n],
  ])('expecting %s of a stream at 1 is refused with where it is', async (expectedRevision, actual) => {
    await client.appendToStream('s', [event(), event()], { expectedRevision: 'no_stream', ...way });
    await expect(client.appendToStream('s', [event()], { expectedRevision, ...way })).rejects.toMatchObject({
      type: 'wrong-expected-version',
      actualVersion: actual,
    });
  });

  test('a partial repeat is refused', async () => {
    const events = [event(), event()];
    await client.appendToStream('s', events, { expectedRevision: 'no_stream', ...way });
    const longer = [events[0]!, event()];
    await expect(
      client.appendToStream('s', longer, { expectedRevision: 'no_stream', ...way }),
    ).rejects.toMatchObject({ type: 'wrong-expected-version' });
  });

  test('stream_exists needs one; any needs nothing', async () => {
    const exists = { expectedRevision: 'stream_exists', ...way } as const;
    await expect(client.appendToStream('s', [event()], exists)).rejects.toMatchObject({
      actualVersion: 'no_stream',
    });
    await client.appendToStream('s', [event()], { expectedRevision: 'any', ...way });
    expect(await client.appendToStream('s', [event()], exists)).toMatchObject({ nextExpectedRevision: 1n });
  });

  test('more than 1 MiB is refused', async () => {
    const big = jsonEvent({ type: 'Big', data: { text: 'x'.repeat(1_100_000) } });
    await expect(
      client.appendToStream('s', big, { expectedRevision: 'no_stream', ...way }),
    ).rejects.toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: 1024 * 1024 });
  });

  test('a follower names its leader, and the client goes there', async () => {
    const followerFolder = mkdtempSync(join(tmpdir(), 'shrike-dev-follower-'));
    const leader = { host: '127.0.0.1', port: server.port };
    const follower = await startDevServer({ folder: followerFolder, leader });
    const throughFollower = connect(follower.port);
    const options = { expectedRevision: 'no_stream', requiresLeader: true, ...way } as const;
    await expect(throughFollower.appendToStream('s', [event()], options)).rejects.toMatchObject({
      type: 'not-leader',
      leader: { address: leader.host, port: leader.port },
    });
    expect(await throughFollower.appendToStream('s', [event()], options)).toMatchObject({ success: true });
    follower.close();
    rmSync(followerFolder, { recursive: true });
  });
});

test('any is idempotent only as long as the server remembers', async () => {
  const events = [event()];
  const append = () => connect().appendToStream('s', events, { expectedRevision: 'any' });
  expect((await append()).nextExpectedRevision).toBe(0n);
  expect((await append()).nextExpectedRevision).toBe(0n);
  server.close();
  server = await startDevServer({ folder });
  expect((await append()).nextExpectedRevision).toBe(1n);
});

test('reads in both directions, from a position, without what a missing stream does not hold', async () => {
  for (let i = 0; i < 40; i++) await client.appendToStream(`s-${i % 2}`, [event()]);
  const revisions: bigint[] = [];
  for await (const { event } of client.readStream('s-1', { fromRevision: 18n }))
    revisions.push(event!.revision);
  for await (const { event } of client.readStream('s-1', {
    direction: 'backwards',
    fromRevision: 'end',
    maxCount: 2,
  }))
    revisions.push(event!.revision);
  expect(revisions).toEqual([18n, 19n, 19n, 18n]);
  const missing = async () => {
    for await (const _ of client.readStream('no-such'));
  };
  await expect(missing()).rejects.toMatchObject({ type: 'stream-not-found' });

  const all = await positionsOf(client.readAll());
  expect(all.length).toBeGreaterThan(40);
  expect(all.every((position, i) => i === 0 || position > all[i - 1]! + 1n)).toBe(true);
  const from = { commit: all[5]!, prepare: all[5]! };
  expect(await positionsOf(client.readAll({ fromPosition: from, maxCount: 2 }))).toEqual(all.slice(5, 7));
  expect(
    await positionsOf(client.readAll({ fromPosition: from, maxCount: 2, direction: 'backwards' })),
  ).toEqual([all[4], all[3]]);
  const between = { commit: all[5]! + 1n, prepare: all[5]! + 1n };
  await expect(positionsOf(client.readAll({ fromPosition: between }))).rejects.toThrow('invalid position');
});

test('a subscription catches up, says so, goes on live, and tells how far it has looked', async () => {
  for (let i = 0; i < 70; i++)
    await client.appendToStream('s', [event(i % 10 === 0 ? 'Wanted' : 'Unwanted')]);
  const checkpoints: Position[] = [];
  const filter = eventTypeFilter({
    regex: '^Wanted$',
    maxSearchWindow: 8,
    checkpointInterval: 2,
    checkpointReached: async (_, position) => void checkpoints.push(position),
  });
  const subscription = client.subscribeToAll({ fromPosition: START, filter });
  const seen: unknown[] = [];
  subscription
    .on('caughtUp', () => seen.push('caught up'))
    .on('data', ({ event }) => seen.push(event!.revision));
  await until(() => seen.includes('caught up'));
  expect(seen).toEqual([0n, 10n, 20n, 30n, 40n, 50n, 60n, 'caught up']);
  expect(checkpoints.length).toBeGreaterThanOrEqual(5);
  await client.appendToStream('s', [event('Unwanted'), event('Wanted')]);
  await until(() => seen.length === 9);
  expect(seen.at(-1)).toBe(71n);
  await subscription.unsubscribe();
});

async function positionsOf(events: AsyncIterable<AllStreamResolvedEvent>): Promise<bigint[]> {
  const positions: bigint[] = [];
  for await (const { event } of events) positions.push(event!.position.commit);
  return positions;
}

async function until(condition: () => boolean): Promise<void> {
  for (const begun = Date.now(); !condition(); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() - begun > 5_000) throw new Error('it did not come to that within 5 s');
  }
}
