import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startLogMerger } from './log-merger.ts';

let folder: string;
let path: string;
let writer: DatabaseSync;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-merger-'));
  path = join(folder, 'rows.db');
  writer = new DatabaseSync(path);
  writer.exec(
    'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE rows (id INTEGER PRIMARY KEY)',
  );
  writer.exec('PRAGMA wal_checkpoint(TRUNCATE)');
});

afterEach(() => {
  writer.close();
  rmSync(folder, { recursive: true });
});

function insert(count: number): void {
  for (let i = 0; i < count; i++) writer.exec('INSERT INTO rows DEFAULT VALUES');
}

/** Rows of the file alone, without its log. */
function rowsInFile(): number {
  const copy = join(folder, 'copy.db');
  copyFileSync(path, copy);
  const database = new DatabaseSync(copy);
  try {
    return Number(database.prepare('SELECT count(*) AS count FROM rows').get()!.count);
  } finally {
    database.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true });
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 200; tries++) await sleep(20);
  expect(holds()).toBe(true);
}

describe('the log merger', () => {
  test('brings what is committed into the file beside its writer', async () => {
    const merger = startLogMerger([path], 5);
    try {
      insert(100);
      await until(() => rowsInFile() === 100);
      insert(50);
      await until(() => rowsInFile() === 150);
    } finally {
      await merger.close();
    }
  });

  test('without it the rows stay in the log', async () => {
    insert(100);
    await sleep(100);
    expect(rowsInFile()).toBe(0);
  });

  test('leaves a transaction under way alone', async () => {
    const merger = startLogMerger([path], 5);
    try {
      writer.exec('BEGIN IMMEDIATE');
      insert(10);
      await sleep(60);
      expect(rowsInFile()).toBe(0);
      writer.exec('COMMIT');
      await until(() => rowsInFile() === 10);
    } finally {
      await merger.close();
    }
  });

  test('merges a file that is there only later', async () => {
    const later = join(folder, 'later.db');
    const merger = startLogMerger([later, path], 5);
    try {
      insert(10);
      await until(() => rowsInFile() === 10);
    } finally {
      await merger.close();
    }
  });
});
