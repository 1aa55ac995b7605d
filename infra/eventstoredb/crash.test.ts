import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StoredFact } from '../../domain/facts.ts';
import { type EventStoreEngine, startEventStore } from '../engines/event-store-server.ts';
import { openEventStoreDb } from './event-store-db.ts';

const SUBMITTER = new URL('./testing/submitter.fixture.ts', import.meta.url).pathname;

let engine: EventStoreEngine;
beforeEach(async () => {
  engine = await startEventStore();
});
afterEach(() => engine.stop());

interface Submitter {
  process: ChildProcess;
  lines: string[];
  ended: Promise<unknown>;
}

async function startSubmitter(run: string, lanes: number, count?: number): Promise<Submitter> {
  const args = [
    SUBMITTER,
    engine.url,
    run,
    '500',
    String(lanes),
    ...(count === undefined ? [] : [String(count)]),
  ];
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  started.stdout.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
  });
  const ended = once(started, 'close');
  await once(started.stdout, 'data');
  return { process: started, lines, ended };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything acknowledged is in the store once, at the revision that was told. */
async function expectKept(submitters: Submitter[]): Promise<number> {
  const store = openEventStoreDb(engine.url);
  const facts = await store.readAll(0, 1_000_000);
  await store.close();
  const places = new Map<string, number>();
  const ends = new Map<string, number>();
  for (const { stream, key, revision } of facts as StoredFact[]) {
    expect(revision).toBe((ends.get(stream) ?? -1) + 1);
    ends.set(stream, revision);
    expect(places.has(`${stream} ${key}`)).toBe(false);
    places.set(`${stream} ${key}`, revision);
  }
  const acked = submitters.flatMap(({ lines }) => lines).filter((line) => line.startsWith('acked '));
  for (const line of acked) {
    const [, accountId, transactionId, revision] = line.split(' ');
    expect([line, places.get(`account-${accountId} ${transactionId}`)]).toEqual([line, Number(revision)]);
  }
  return acked.length;
}

describe('kill -9 of the server under load', () => {
  test('everything acknowledged is there once, and the submitters go on by themselves', async () => {
    const submitters = await Promise.all([startSubmitter('one', 64), startSubmitter('two', 64)]);
    for (let kill = 0; kill < 4; kill++) {
      await wait(300 + Math.random() * 300);
      await engine.kill();
      await wait(100);
      await engine.restart();
    }
    const before = submitters[0]!.lines.length;
    await wait(2_000);
    expect(submitters[0]!.lines.length).toBeGreaterThan(before);
    for (const { process } of submitters) process.kill('SIGKILL');
    await Promise.all(submitters.map(({ ended }) => ended));
    expect(await expectKept(submitters)).toBeGreaterThan(500);
  }, 120_000);
});

test('one hot account among quiet ones, from four processes at once', async () => {
  const submitters = await Promise.all(['a', 'b', 'c', 'd'].map((run) => startSubmitter(run, 64, 800)));
  await Promise.all(submitters.map(({ ended }) => ended));
  for (const { lines } of submitters) {
    expect(lines.filter((line) => line.startsWith('failed '))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^done /);
  }
  expect(await expectKept(submitters)).toBe(3_200);
}, 120_000);
