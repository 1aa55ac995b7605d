import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { replayCommand } from '../data-folder/data-folder-refused.ts';

/** What kind of database a file is: its mark in the header, and the format this version reads and writes. */
export interface DatabaseKind {
  /** For messages, e.g. `views`. */
  name: string;
  /** SQLite's application_id. */
  applicationId: number;
  /** SQL of each format, the first at index 0. Forward only: a step that was released never changes. */
  migrations: readonly string[];
}

export interface OpenOptions {
  readOnly?: boolean;
  /** Page cache of this connection, MiB. */
  cacheMiB?: number;
  /** Pages in the write-ahead log at which a commit also copies it into the database. */
  walPages?: number;
}

/** The file cannot be used as it is; the message says why and names the command that mends it. */
export class DatabaseRefused extends Error {
  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
    this.name = 'DatabaseRefused';
  }
}

/**
 * Opens a database that can be rebuilt from the event store, creating or migrating it unless it is read-only.
 * @throws DatabaseRefused
 */
export function openDatabase(path: string, kind: DatabaseKind, options: OpenOptions = {}): DatabaseSync {
  const readOnly = options.readOnly ?? false;
  return mending(path, () => {
    const database = new DatabaseSync(path, { readOnly, timeout: BUSY_TIMEOUT_MS });
    try {
      assertKind(database, path, kind);
      configure(database, options);
      if (!readOnly) migrate(database, path, kind);
      else if (formatOf(database) < kind.migrations.length) throw unfinished(path, kind);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

const BUSY_TIMEOUT_MS = 10_000;
const DEFAULT_CACHE_MIB = 16;
const DEFAULT_WAL_PAGES = 1_000;

/** synchronous=NORMAL may lose the newest commits with the power, whole ones: the fold makes them again. */
function configure(database: DatabaseSync, options: OpenOptions): void {
  if (!options.readOnly) database.exec('PRAGMA journal_mode = WAL');
  database.exec(`
    PRAGMA synchronous = NORMAL;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = ${-1024 * (options.cacheMiB ?? DEFAULT_CACHE_MIB)};
    PRAGMA wal_autocheckpoint = ${options.walPages ?? DEFAULT_WAL_PAGES};
  `);
}

function assertKind(database: DatabaseSync, path: string, kind: DatabaseKind): void {
  // Not by its pages: a process killed while creating it leaves a header without tables.
  const isNew = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  const applicationId = pragma(database, 'application_id');
  if (!isNew && applicationId !== kind.applicationId) {
    throw new DatabaseRefused(path, `is a database, but not the ${kind.name} of Shrike; move it away`);
  }
  const format = formatOf(database);
  if (format > kind.migrations.length) {
    throw new DatabaseRefused(
      path,
      `has format ${format}, newer than format ${kind.migrations.length} which this version of Shrike reads; upgrade Shrike, or run: ${replayCommand(dirname(path))}`,
    );
  }
}

function migrate(database: DatabaseSync, path: string, kind: DatabaseKind): void {
  if (formatOf(database) === kind.migrations.length) return;
  // The lock first, then the format again: another process may be migrating.
  database.exec('BEGIN IMMEDIATE');
  try {
    assertKind(database, path, kind);
    for (const sql of kind.migrations.slice(formatOf(database))) database.exec(sql);
    database.exec(`PRAGMA application_id = ${kind.applicationId}`);
    database.exec(`PRAGMA user_version = ${kind.migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function unfinished(path: string, kind: DatabaseKind): DatabaseRefused {
  return new DatabaseRefused(
    path,
    `has no or an older format of the ${kind.name}; start the server once, which migrates it`,
  );
}

function formatOf(database: DatabaseSync): number {
  return pragma(database, 'user_version');
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

const SQLITE_CANTOPEN = 14;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function mending<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
    if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
      throw new DatabaseRefused(path, `is damaged; to mend it run: ${replayCommand(dirname(path))}`);
    }
    if (code === SQLITE_CANTOPEN) throw new DatabaseRefused(path, 'cannot be opened: is the folder there?');
    throw error;
  }
}
