import { DatabaseSync } from 'node:sqlite';

/** Version of the file format, in the header's user_version. A newer one is refused. */
export const FACTS_FORMAT = 1;

/** "SHRK" in the file header tells a store from any other database. */
const APPLICATION_ID = 0x5348524b;

const SYNCHRONOUS_FULL = 2;

/**
 * Pages of 4 KiB in the write-ahead log at which a commit merges it into the main file, so that the log begins anew.
 * In the server the log merger has done most of it by then.
 */
const LOG_PAGES = 8_000;

const SCHEMA = `
  CREATE TABLE facts (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    key TEXT,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    data TEXT NOT NULL,
    personal TEXT,
    metadata TEXT,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX facts_by_revision ON facts (stream, revision);
  CREATE UNIQUE INDEX facts_by_key ON facts (stream, key) WHERE key IS NOT NULL;
  CREATE INDEX facts_others ON facts (position) WHERE type <> 'TransactionSubmitted';
`;

/** The file is no store of Shrike's. */
export class NotAStore extends Error {
  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
    this.name = 'NotAStore';
  }
}

/** The file was written by a newer version of Shrike. */
export class NewerFormat extends Error {
  constructor(path: string, format: number) {
    super(
      `${path} has format ${format}, newer than format ${FACTS_FORMAT} which this version of Shrike reads`,
    );
    this.name = 'NewerFormat';
  }
}

/** Opens the store's file for its one writer, creating it if there is none. @throws NotAStore, NewerFormat */
export function openForWriting(path: string): DatabaseSync {
  return opened(path, new DatabaseSync(path, { timeout: 10_000 }), (database) => {
    const isNew = isEmpty(database);
    if (!isNew) assertFormat(path, database);
    configure(path, database);
    if (isNew) create(database);
    // What a killed process wrote but had not synced is durable before it is answered as known.
    database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  });
}

/** Opens the store's file for reading beside its writer. @throws NotAStore, NewerFormat */
export function openForReading(path: string): DatabaseSync {
  return opened(path, new DatabaseSync(path, { readOnly: true, timeout: 10_000 }), (database) => {
    assertFormat(path, database);
    assertDurable(path, database);
  });
}

function opened(
  path: string,
  database: DatabaseSync,
  prepare: (database: DatabaseSync) => void,
): DatabaseSync {
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw isNotADatabase(error) ? new NotAStore(path, 'is damaged or no SQLite database') : error;
  }
}

function configure(path: string, database: DatabaseSync): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA cell_size_check = ON;
    PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = ${LOG_PAGES};
  `);
  assertDurable(path, database);
  const journal = database.prepare('PRAGMA journal_mode').get()?.journal_mode;
  if (journal !== 'wal')
    throw new Error(`${path}: journal_mode is ${journal}, not wal: is the disk a network share?`);
}

/** An acknowledged fact must survive power loss: FULL syncs the log at every commit, fullfsync also on macOS. */
function assertDurable(path: string, database: DatabaseSync): void {
  database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
  const synchronous = integerPragma(database, 'synchronous');
  if (synchronous !== SYNCHRONOUS_FULL) throw new Error(`${path}: synchronous is ${synchronous}, not FULL`);
}

/** Also a file that a crash left between its first page and its tables. */
function isEmpty(database: DatabaseSync): boolean {
  const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables;
  return tables === 0 && integerPragma(database, 'application_id') === 0;
}

function create(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    ${SCHEMA}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${FACTS_FORMAT};
    COMMIT;
  `);
}

function assertFormat(path: string, database: DatabaseSync): void {
  if (integerPragma(database, 'application_id') !== APPLICATION_ID) {
    throw new NotAStore(path, 'is a database, but no store of Shrike');
  }
  const format = integerPragma(database, 'user_version');
  if (format > FACTS_FORMAT) throw new NewerFormat(path, format);
}

function integerPragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function isNotADatabase(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0;
  return (code & 0xff) === SQLITE_NOTADB || (code & 0xff) === SQLITE_CORRUPT;
}
