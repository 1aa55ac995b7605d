import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite';
import { openReader } from '../event-store/fact-reader.ts';
import { openForReading } from '../event-store/facts-database.ts';
import { findDamage } from '../event-store/store-check.ts';
import { type DataPaths, dataPaths } from './data-folder.ts';
import { syncToDisk } from './sync-to-disk.ts';

/** Pages of 4 KiB copied between two calls of `onProgress`. */
const COPIED_PAGES = 2_000;

export interface BackupProgress {
  step: 'copying' | 'verifying';
  done: number;
  total: number;
}

/** What a backup holds. */
export interface BackupResult {
  /** Position of the newest fact in it. */
  position: number;
  eventId: string | null;
}

/**
 * Copies the event store as it is at one moment, and the API keys, into the new folder `target`, beside a running
 * server and without holding it up. The copy is read through and on the disk before the folder gets its name.
 * @throws if `target` exists, or the copy is not whole
 */
export async function backup(
  dataDir: string,
  target: string,
  onProgress: (progress: BackupProgress) => void = () => {},
): Promise<BackupResult> {
  if (existsSync(target)) throw new Error(`${target} exists: name a folder that does not, to be the backup`);
  const source = dataPaths(dataDir);
  if (!existsSync(source.facts))
    throw new Error(`${source.facts} does not exist: ${dataDir} is no data folder`);
  const unfinished = `${target}.unfinished-${process.pid}`;
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  try {
    const copy = dataPaths(unfinished);
    await copyFacts(source, copy, onProgress);
    const result = verified(copy.facts, `the copy of ${source.facts}`, onProgress);
    if (existsSync(source.keys)) copyFileSync(source.keys, copy.keys);
    syncToDisk(copy.facts, ...(existsSync(copy.keys) ? [copy.keys] : []), unfinished);
    renameSync(unfinished, target);
    syncToDisk(dirname(target));
    return result;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function copyFacts(
  source: DataPaths,
  copy: DataPaths,
  onProgress: (progress: BackupProgress) => void,
): Promise<void> {
  const database = openForReading(source.facts);
  try {
    // One read transaction for all of it: the server's commits would else make the copy begin anew each time.
    database.exec('BEGIN');
    database.prepare('SELECT max(position) FROM facts').get();
    await copyDatabase(database, copy.facts, {
      rate: COPIED_PAGES,
      progress: ({ totalPages, remainingPages }) =>
        onProgress({ step: 'copying', done: totalPages - remainingPages, total: totalPages }),
    });
    database.exec('COMMIT');
  } finally {
    database.close();
  }
  asSingleFile(copy.facts);
}

/** A backup is one file, without a write-ahead log beside it, so that it can be moved about. */
function asSingleFile(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = DELETE');
  database.close();
}

/** @param name what an error calls the file. @throws NotAStore, NewerFormat, or what is damaged */
export function verified(
  facts: string,
  name: string,
  onProgress: (progress: BackupProgress) => void,
): BackupResult {
  const damage = findDamage(facts, (done, total) => onProgress({ step: 'verifying', done, total }));
  if (damage !== undefined) throw new Error(`${name} is damaged: ${damage}`);
  const reader = openReader(facts);
  try {
    const position = reader.head();
    return { position, eventId: reader.readAt(position)?.eventId ?? null };
  } finally {
    reader.close();
  }
}
