import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { accountStream } from '../../domain/facts.ts';
import { type FactReader, openReader } from './fact-reader.ts';
import { openEventStore } from './sqlite-event-store.ts';
import { findDamage } from './store-check.ts';
import { payment, submissionOf } from './submission-fixture.ts';

const LOAD = new URL('./load.fixture.ts', import.meta.url).pathname;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-crash-'));
  path = join(folder, 'facts.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the load until `killAfterMs` after its first acknowledgement, then kills it. @returns the lines it wrote */
async function killedRun(args: string[], killAfterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [LOAD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let output = '';
  child.stdout.on('data', (chunk) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    output += chunk;
  });
  await ended;
  return output.slice(0, output.lastIndexOf('\n')).split('\n');
}

const acknowledged = (lines: string[]) =>
  lines
    .filter((line) => line.startsWith('acked '))
    .map((line) => line.split(' ').slice(1) as [string, string]);

function lost(reader: FactReader, acked: [string, string][]): number {
  return acked.filter(([accountId, transactionId]) => reader.find(accountId, transactionId) === undefined)
    .length;
}

function expectDenseAndSingle(reader: FactReader): void {
  for (let account = 0; account < 7; account++) {
    const stored = reader.readStream(accountStream(`account-${account}`), 0, 1_000_000);
    expect(stored.map((fact) => fact.revision)).toEqual(stored.map((_, i) => i));
    expect(new Set(stored.map((fact) => fact.key)).size).toBe(stored.length);
  }
}

describe('kill -9 under load', () => {
  test('leaves every acknowledged transaction in the store once, and revisions dense', async () => {
    const acked: [string, string][] = [];
    for (let run = 0; run < 8; run++) {
      acked.push(...acknowledged(await killedRun([path, `run${run}`], Math.random() * 200)));
      const reader = openReader(path);
      expect(lost(reader, acked)).toBe(0);
      expectDenseAndSingle(reader);
      reader.close();
    }
    expect(acked.length).toBeGreaterThan(8);
    expect(findDamage(path)).toBeUndefined();
  }, 60_000);

  test('control: acknowledged before the commit, some are lost', async () => {
    let missing = 0;
    for (let run = 0; run < 5 && missing === 0; run++) {
      const acked = acknowledged(await killedRun([path, `run${run}`, 'early'], Math.random() * 200));
      if (!existsSync(path)) continue;
      const reader = openReader(path);
      missing += lost(reader, acked);
      reader.close();
    }
    expect(missing).toBeGreaterThan(0);
  }, 60_000);
});

/** A limit on the size of files stands for a full disk: writes beyond it fail. */
const canLimitFiles = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;

(canLimitFiles ? test : test.skip)(
  'a full disk: nothing is acknowledged that is not stored; with room again it goes on by itself',
  async () => {
    const child = spawn(
      'bash',
      ['-c', `ulimit -S -f 600; exec "$0" "$@"`, process.execPath, LOAD, path, 'run'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = new Promise((resolve) => child.once('close', resolve));
    let output = '';
    let ackedWhenRoom = -1;
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (ackedWhenRoom < 0 && output.includes('\nfailed ')) {
        ackedWhenRoom = acknowledged(output.split('\n')).length;
        setTimeout(() => spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:']), 200);
        setTimeout(() => child.kill('SIGKILL'), 1_000);
      }
    });
    await ended;
    const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
    const acked = acknowledged(lines);
    expect(lines.filter((line) => line.startsWith('failed '))[0]).toMatch(/the store failed: .*(disk|full)/);
    expect(acked.length).toBeGreaterThan(ackedWhenRoom);
    const reader = openReader(path);
    expect(lost(reader, acked)).toBe(0);
    expectDenseAndSingle(reader);
    reader.close();
    expect(findDamage(path)).toBeUndefined();
  },
);

describe('a damaged file', () => {
  const BATCHES = 40;

  /** Stores batches of rising size. @returns the heads after each, and the images of both files, WAL not merged */
  function storedImages() {
    const store = openEventStore(path);
    const heads = [0];
    for (let batch = 0; batch < BATCHES; batch++) {
      const requests = Array.from({ length: 1 + (batch % 5) }, (_, i) => {
        const transaction = payment({
          accountId: `a${i}`,
          transactionId: `${batch}-${i}`,
          ipAddress: '10.0.0.1',
        });
        return { kind: 'submit', submission: submissionOf(transaction) } as const;
      });
      store.commit(requests);
      heads.push(store.newest().position);
    }
    const wal = readFileSync(`${path}-wal`);
    const main = readFileSync(path);
    store.close();
    return { heads, wal, main, merged: readFileSync(path) };
  }

  /** Opens a store of these images. @returns the keys of all its facts, each checked */
  function keysOf(main: Buffer, wal?: Buffer): (string | null)[] {
    const copy = join(folder, 'copy.db');
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true });
    writeFileSync(copy, main);
    if (wal !== undefined) writeFileSync(`${copy}-wal`, wal);
    const store = openEventStore(copy);
    try {
      return store.readAll(0, 1_000).map((fact) => fact.key);
    } finally {
      store.close();
    }
  }

  const randomBelow = (n: number) => Math.floor(Math.random() * n);

  function flipped(image: Buffer): Buffer {
    const copy = Buffer.from(image);
    const at = randomBelow(copy.length);
    copy[at]! ^= 1 << randomBelow(8);
    return copy;
  }

  test('whose log is torn anywhere holds a prefix of whole batches', () => {
    const { heads, wal, main } = storedImages();
    const all = keysOf(main, wal);
    expect(all).toHaveLength(heads.at(-1)!);
    for (let i = 0; i < 60; i++) {
      const keys = keysOf(main, wal.subarray(0, randomBelow(wal.length)));
      expect(heads).toContain(keys.length);
      expect(keys).toEqual(all.slice(0, keys.length));
    }
  });

  test('whose log has a bit flipped anywhere holds a prefix of whole batches', () => {
    const { heads, wal, main } = storedImages();
    const all = keysOf(main, wal);
    for (let i = 0; i < 60; i++) {
      const keys = keysOf(main, flipped(wal));
      expect(heads).toContain(keys.length);
      expect(keys).toEqual(all.slice(0, keys.length));
    }
  });

  test('with a bit flipped anywhere is found out, or holds what it held', () => {
    const { merged } = storedImages();
    const all = keysOf(merged);
    const copy = join(folder, 'flipped.db');
    let found = 0;
    for (let i = 0; i < 200; i++) {
      for (const suffix of ['-wal', '-shm']) rmSync(copy + suffix, { force: true });
      writeFileSync(copy, flipped(merged));
      if (damageOf(copy) !== undefined) found++;
      else expect(keysOf(readFileSync(copy))).toEqual(all);
    }
    expect(found).toBeGreaterThan(50);
  });

  function damageOf(file: string): string | undefined {
    try {
      return findDamage(file);
    } catch (error) {
      return (error as Error).message;
    }
  }
});
