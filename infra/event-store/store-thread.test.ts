import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NO_STREAM } from '../../domain/facts.ts';
import { Overloaded, StoreFailed } from '../../domain/ports.ts';
import { openReader } from './fact-reader.ts';
import { storePort } from './store-port.ts';
import { encodeAnswer } from './store-protocol.ts';
import type { StoreAnswer } from './store-request.ts';
import { startStore } from './store-thread.ts';
import { noteDraft, payment, submissionOf } from './submission-fixture.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-thread-'));
  path = join(folder, 'facts.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nth = (i: number) => submissionOf(payment({ transactionId: `tx-${i}` }));

describe('the store thread', () => {
  test('stores what still waits when it is closed, and answers it', async () => {
    const store = await startStore(path);
    const submitted = Array.from({ length: 1_200 }, (_, i) => store.client.submit(nth(i)));
    await store.close();
    const outcomes = await Promise.all(submitted);
    expect(outcomes.map((outcome) => 'revision' in outcome && outcome.revision)).toEqual(
      outcomes.map((_, i) => i),
    );
    const reader = openReader(path);
    expect(reader.head()).toBe(1_200);
    reader.close();
    await expect(store.client.submit(nth(0))).rejects.toThrow(StoreFailed);
  });

  test('refuses what is beyond the limit of waiting submissions, stores the others, and then takes more', async () => {
    const store = await startStore(path, { waitingLimit: 100 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 150 }, (_, i) => store.client.submit(nth(i))),
    );
    const refused = outcomes
      .filter((outcome) => outcome.status === 'rejected')
      .map((outcome) => outcome.reason);
    expect(refused).toHaveLength(50);
    for (const reason of refused) {
      expect(reason).toBeInstanceOf(Overloaded);
      expect(reason.retryAfterMs).toBeGreaterThanOrEqual(100);
    }
    expect(await store.client.submit(nth(149))).toMatchObject({ kind: 'accepted', revision: 100 });
    await store.close();
  });

  test('serves other threads by a port, and wakes them', async () => {
    const store = await startStore(path);
    const address = store.address();
    const user = new Worker(new URL('./port-user.fixture.ts', import.meta.url), {
      workerData: address,
      transferList: [address.port],
    });
    await once(user, 'message');
    const fact = noteDraft();
    await store.client.append('alert-1', NO_STREAM, [fact]);
    const [said] = await once(user, 'message');
    expect(said).toEqual({ read: fact.eventId, position: 2 });
    expect(await store.client.readAt(2)).toMatchObject({ type: 'FraudSuspected' });
    await store.close();
  });

  test('says at the start what is wrong with its file', async () => {
    writeFileSync(path, 'no database'.repeat(1_000));
    await expect(startStore(path)).rejects.toThrow('is damaged or no SQLite database');
  });
});

describe('a port to the store', () => {
  test('asks in one message what is asked in one turn, and in the next message what is asked then', async () => {
    const { port1, port2 } = new MessageChannel();
    const client = storePort(port1);
    const sizes: number[] = [];
    const answered: StoreAnswer = { kind: 'appended', revision: 3, position: 9 };
    port2.on('message', (wire: unknown[]) => {
      const requests = wire.length / 11;
      sizes.push(requests);
      const answers: never[] = [];
      for (let i = 0; i < requests; i++) encodeAnswer(answers, answered);
      port2.postMessage({ answers });
    });
    const request = () =>
      client.request({ kind: 'append', stream: 's', expectedRevision: 0, facts: [noteDraft()] }, 10);
    expect(await Promise.all([request(), request(), request()])).toEqual([answered, answered, answered]);
    await request();
    expect(sizes).toEqual([3, 1]);
    await client.close();
  });

  test('whose other end is gone fails what waits, and what comes after', async () => {
    const { port1, port2 } = new MessageChannel();
    const client = storePort(port1);
    const request = () =>
      client.request({ kind: 'append', stream: 's', expectedRevision: 0, facts: [noteDraft()] }, 10);
    const waiting = request();
    port2.on('message', () => port2.close());
    await expect(waiting).rejects.toThrow('its thread ended before it answered');
    await expect(request()).rejects.toThrow(StoreFailed);
  });

  test('fails what could not be committed, with the cause', async () => {
    const { port1, port2 } = new MessageChannel();
    const client = storePort(port1);
    port2.on('message', () => port2.postMessage({ failed: 'disk I/O error' }));
    const append = { kind: 'append', stream: 's', expectedRevision: 0, facts: [noteDraft()] } as const;
    await expect(client.request(append, 10)).rejects.toThrow('the store failed: disk I/O error');
    await client.close();
  });
});
