import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openEventStore } from './sqlite-event-store.ts';
import { findDamage } from './store-check.ts';
import { payment, submissionOf } from './submission-fixture.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-damage-'));
  path = join(folder, 'facts.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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

function damageOf(file: string): string | undefined {
  try {
    return findDamage(file);
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a damaged file', () => {
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
    writeFileSync(copy, merged);
    expect(damageOf(copy)).toBeUndefined();
    let found = 0;
    for (let i = 0; i < 200; i++) {
      for (const suffix of ['-wal', '-shm']) rmSync(copy + suffix, { force: true });
      writeFileSync(copy, flipped(merged));
      if (damageOf(copy) !== undefined) found++;
      else expect(keysOf(readFileSync(copy))).toEqual(all);
    }
    expect(found).toBeGreaterThan(50);
  });
});
