import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openReader } from '../event-store/fact-reader.ts';
import { openEventStore } from '../event-store/sqlite-event-store.ts';
import { payment, submissionOf } from '../event-store/submission-fixture.ts';
import { type BackupProgress, backup } from './backup.ts';
import { dataPaths, openDataFolder } from './data-folder.ts';
import { restore } from './restore.ts';

let folder: string;
let dir: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-backup-'));
  dir = join(folder, 'data');
  target = join(folder, 'backup');
  openDataFolder(dir).close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function store(from: number, count: number): void {
  const events = openEventStore(dataPaths(dir).facts);
  const requests = Array.from({ length: count }, (_, i) => {
    const transaction = payment({ accountId: `account-${i % 9}`, transactionId: `tx-${from + i}` });
    return { kind: 'submit', submission: submissionOf(transaction) } as const;
  });
  events.commit(requests);
  events.close();
}

function eventIds(path: string): string[] {
  const reader = openReader(path);
  const ids = reader.readAll(0, 1_000_000).map((fact) => fact.eventId);
  reader.close();
  return ids;
}

const AT = new Date('2026-11-24T08:00:00Z');

describe('a backup', () => {
  test('holds every fact and the keys, in a folder that appears when it is whole', async () => {
    store(0, 500);
    writeFileSync(dataPaths(dir).keys, '{"keys":[]}');
    const steps: BackupProgress[] = [];
    const result = await backup(dir, target, (progress) => steps.push(progress));
    const ids = eventIds(dataPaths(dir).facts);
    expect(result).toEqual({ position: 500, eventId: ids.at(-1) });
    expect(eventIds(dataPaths(target).facts)).toEqual(ids);
    expect(readdirSync(target).sort()).toEqual(['facts.db', 'keys.json']);
    expect(readdirSync(folder).sort()).toEqual(['backup', 'data']);
    expect(steps.at(-1)).toEqual({ step: 'verifying', done: 500, total: 500 });
  });

  test('taken under load holds everything up to one position, and ends although the load goes on', async () => {
    store(0, 30_000);
    const load = new URL('../event-store/load.fixture.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [load, dataPaths(dir).facts, 'load'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let acked = 0;
    const loading = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        acked += String(chunk).split('\n').length - 1;
        resolve();
      });
    });
    await loading;
    const before = acked;
    const { position } = await backup(dir, target);
    const during = acked - before;
    child.kill('SIGKILL');
    await ended;
    expect(during).toBeGreaterThan(0);
    expect(position).toBeGreaterThanOrEqual(30_000 + before);
    expect(eventIds(dataPaths(target).facts)).toEqual(eventIds(dataPaths(dir).facts).slice(0, position));
  });

  test('is not made of a damaged store, nor over something that exists, and leaves nothing behind', async () => {
    store(0, 10);
    const database = new DatabaseSync(dataPaths(dir).facts);
    database.exec("UPDATE facts SET data = '{}' WHERE position = 4");
    database.close();
    await expect(backup(dir, target)).rejects.toThrow('position 4 is damaged');
    expect(readdirSync(folder)).toEqual(['data']);
    await expect(backup(dir, dir)).rejects.toThrow('exists');
    await expect(backup(join(folder, 'nowhere'), target)).rejects.toThrow('is no data folder');
  });
});

describe('restoring', () => {
  test('puts the backup in place, keeps what was there aside, and keeps its own keys', async () => {
    store(0, 20);
    writeFileSync(dataPaths(dir).keys, 'old');
    await backup(dir, target);
    writeFileSync(dataPaths(dir).keys, 'new');
    store(20, 5);
    const replaced = eventIds(dataPaths(dir).facts);
    const result = restore(target, dir, AT);
    expect(result).toMatchObject({
      position: 20,
      keptAside: `${dataPaths(dir).facts}.replaced-2026-11-24T08-00-00-000Z`,
    });
    expect(eventIds(dataPaths(dir).facts)).toEqual(replaced.slice(0, 20));
    expect(eventIds(result.keptAside!)).toEqual(replaced);
    expect(readFileSync(dataPaths(dir).keys, 'utf8')).toBe('new');
    openDataFolder(dir).close();
  });

  test('mends a damaged store, and a log left by a crash does not get into the new one', async () => {
    store(0, 20);
    await backup(dir, target);
    const crashed = openEventStore(dataPaths(dir).facts);
    crashed.commit([{ kind: 'submit', submission: submissionOf(payment({ transactionId: 'later' })) }]);
    const wal = readFileSync(`${dataPaths(dir).facts}-wal`);
    crashed.close();
    writeFileSync(dataPaths(dir).facts, 'damaged'.repeat(1_000));
    writeFileSync(`${dataPaths(dir).facts}-wal`, wal);
    expect(() => openDataFolder(dir)).toThrow('shrike restore BACKUP');
    restore(target, dir, AT);
    openDataFolder(dir).close();
    expect(eventIds(dataPaths(dir).facts)).toHaveLength(20);
  });

  test('into an empty folder brings the keys', async () => {
    store(0, 3);
    writeFileSync(dataPaths(dir).keys, 'keys');
    await backup(dir, target);
    const fresh = join(folder, 'fresh');
    expect(restore(target, fresh, AT)).toMatchObject({ position: 3, keptAside: null });
    expect(readFileSync(dataPaths(fresh).keys, 'utf8')).toBe('keys');
  });

  test('is refused for a folder in use and for a backup that is damaged or none, changing nothing', async () => {
    store(0, 3);
    await backup(dir, target);
    const inUse = openDataFolder(dir);
    expect(() => restore(target, dir, AT)).toThrow('is in use');
    inUse.close();
    const database = new DatabaseSync(dataPaths(target).facts);
    database.exec("UPDATE facts SET data = '{}' WHERE position = 2");
    database.close();
    expect(() => restore(target, dir, AT)).toThrow('position 2 is damaged');
    expect(() => restore(folder, dir, AT)).toThrow('is no backup');
    expect(existsSync(dataPaths(dir).restoring)).toBe(false);
    openDataFolder(dir).close();
  });
});
