import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openReader } from '../event-store/fact-reader.ts';
import { openEventStore } from '../event-store/sqlite-event-store.ts';
import { payment, submissionOf } from '../event-store/submission-fixture.ts';
import { assertCheckpoint, compareCheckpoint } from './checkpoint-check.ts';
import { dataPaths, openDataFolder } from './data-folder.ts';
import { DataFolderRefused } from './data-folder-refused.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shrike-folder-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const HOLD = new URL('./hold.fixture.ts', import.meta.url).pathname;

/** Starts a second process that opens the folder. @returns it and the first thing it says */
async function otherProcess(): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--expose-gc', HOLD, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await new Promise<string>((resolve) =>
    child.stdout!.once('data', (chunk) => resolve(String(chunk))),
  );
  return { child, said: said.trim() };
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

function refusal(rebuilding = false): DataFolderRefused {
  try {
    openDataFolder(dir, { rebuilding }).close();
  } catch (error) {
    if (error instanceof DataFolderRefused) return error;
    throw error;
  }
  throw new Error('the folder was not refused');
}

function store(...ids: string[]): void {
  const events = openEventStore(dataPaths(dir).facts);
  events.commit(
    ids.map((id) => ({ kind: 'submit', submission: submissionOf(payment({ transactionId: id })) }) as const),
  );
  events.close();
}

describe('a data folder', () => {
  test('is created with what is above it, and opened again after it was closed', () => {
    const nested = join(dir, 'a', 'b');
    openDataFolder(nested).close();
    const folder = openDataFolder(nested);
    expect(folder.facts).toBe(join(nested, 'facts.db'));
    folder.close();
  });

  test('is opened also where a crash left a store without tables', () => {
    new DatabaseSync(dataPaths(dir).facts).exec('PRAGMA journal_mode = WAL');
    openDataFolder(dir).close();
  });
});

describe('a data folder in use', () => {
  test('by another process is refused with its pid, until that process dies', async () => {
    const { child, said } = await otherProcess();
    expect(said).toBe('held');
    const { message, command } = refusal();
    expect(message).toContain(`${dir} is in use by process ${child.pid}`);
    expect(command).toBe(`kill ${child.pid}`);
    await killed(child);
    openDataFolder(dir).close();
  });

  test('by this process is refused to others, and to itself', async () => {
    const folder = openDataFolder(dir);
    const { child, said } = await otherProcess();
    expect(said).toContain(`is in use by process ${process.pid}`);
    expect(refusal().message).toContain('is in use');
    folder.close();
    await killed(child);
    const next = await otherProcess();
    expect(next.said).toBe('held');
    await killed(next.child);
  });

  test('control: without the lock two processes would write to one store', async () => {
    const { child } = await otherProcess();
    expect(() => store('a')).not.toThrow();
    await killed(child);
  });
});

describe('a data folder is refused, naming the command that mends it,', () => {
  test('where the store is no database', () => {
    writeFileSync(
      dataPaths(dir).facts,
      'not a database at all, but long enough to have a header '.repeat(100),
    );
    expect(refusal().message).toMatch(/facts\.db is damaged or no SQLite database/);
    expect(refusal().command).toBe(`shrike restore BACKUP --data ${dir}`);
  });

  test('where the store has a newer format', () => {
    store('a');
    const database = new DatabaseSync(dataPaths(dir).facts);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(refusal().message).toMatch(/format 99, newer than format 1.*upgrade Shrike/);
  });

  test('where a bit of a key is flipped, be it in the fact, in its data or in an index', () => {
    store('a', 'key-77120', 'c');
    const image = readFileSync(dataPaths(dir).facts);
    let found = 0;
    for (let at = image.indexOf('key-77120'); at >= 0; at = image.indexOf('key-77120', at + 1)) {
      const flipped = Buffer.from(image);
      flipped[at] = flipped[at]! ^ 1;
      writeFileSync(dataPaths(dir).facts, flipped);
      expect(refusal().message).toContain('facts.db is damaged: ');
      expect(refusal().command).toBe(`shrike restore BACKUP --data ${dir}`);
      found++;
    }
    expect(found).toBe(3);
    writeFileSync(dataPaths(dir).facts, image);
    openDataFolder(dir).close();
  });

  test.each(['risk', 'views'] as const)('where %s.db is damaged, unless it is being rebuilt', (name) => {
    writeFileSync(dataPaths(dir)[name], 'x'.repeat(10_000));
    expect(refusal().message).toContain(`${name}.db is damaged`);
    expect(refusal().command).toBe(`shrike replay --data ${dir}`);
    openDataFolder(dir, { rebuilding: true }).close();
  });

  test('where a restore was interrupted', () => {
    writeFileSync(dataPaths(dir).restoring, '');
    expect(refusal(true).message).toContain('a restore of');
    expect(refusal(true).command).toContain('shrike restore');
  });

  test('quoting a folder whose name a shell would take apart', () => {
    const spaced = join(dir, "Ana's data");
    openDataFolder(spaced).close();
    writeFileSync(dataPaths(spaced).views, 'x'.repeat(10_000));
    expect(() => openDataFolder(spaced)).toThrow(`shrike replay --data '${dir}/Ana'\\''s data'`);
  });
});

describe('a checkpoint', () => {
  test('fits the store it was made from, and is told from an older store and another history', () => {
    store('a', 'b');
    const reader = openReader(dataPaths(dir).facts);
    const at = (position: number, eventId: string | null) => compareCheckpoint(reader, { position, eventId });
    const second = reader.readAt(2)!.eventId;
    expect(at(0, null)).toBe('same');
    expect(at(2, second)).toBe('same');
    expect(at(3, second)).toBe('store-older');
    expect(at(1, second)).toBe('other-history');
    expect(() =>
      assertCheckpoint(dir, reader, 'the alerts view', { position: 2, eventId: second }),
    ).not.toThrow();
    expect(() => assertCheckpoint(dir, reader, 'the alerts view', { position: 3, eventId: second })).toThrow(
      `ends at position 2, older than the alerts view at position 3 (a restored backup?); to mend it run: shrike replay --data ${dir}`,
    );
    expect(() => assertCheckpoint(dir, reader, 'the alerts view', { position: 1, eventId: second })).toThrow(
      /another fact stands at position 1.*shrike replay --data/,
    );
    reader.close();
  });
});
