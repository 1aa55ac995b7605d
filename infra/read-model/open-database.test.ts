import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type DatabaseKind, DatabaseRefused, openDatabase } from './open-database.ts';
import { tempFile } from './testing/temp-database.ts';

const first = 'CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);';
const second = 'ALTER TABLE a ADD COLUMN y TEXT;';
const kind = (...migrations: string[]): DatabaseKind => ({
  name: 'things',
  applicationId: 0x1234,
  migrations,
});

const files: ReturnType<typeof tempFile>[] = [];
const newPath = () => {
  files.push(tempFile('things.db'));
  return files.at(-1)!.path;
};
afterEach(() => {
  for (const file of files.splice(0)) file.remove();
});

function use<T>(database: DatabaseSync, work: (database: DatabaseSync) => T): T {
  try {
    return work(database);
  } finally {
    database.close();
  }
}

describe('opening a database', () => {
  test('creates it, brings an older format forward, keeping its rows, and leaves the present one alone', () => {
    const path = newPath();
    use(openDatabase(path, kind(first)), () => undefined);
    const read = (database: DatabaseSync) => ({ ...database.prepare('SELECT * FROM a').get() });
    expect(use(openDatabase(path, kind(first, second)), read)).toEqual({ x: 1, y: null });
    expect(use(openDatabase(path, kind(first, second)), read)).toEqual({ x: 1, y: null });
    expect(use(openDatabase(path, kind(first, second), { readOnly: true }), read)).toEqual({ x: 1, y: null });
  });

  test('in a log that readers do not block, with the newest commits safe from a killed process', () => {
    const path = newPath();
    use(openDatabase(path, kind(first)), (database) => {
      expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
      expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 });
    });
  });

  test('whose migration fails leaves it as it was', () => {
    const path = newPath();
    use(openDatabase(path, kind(first)), () => undefined);
    expect(() => openDatabase(path, kind(first, `${second} CREATE TABLE a (z);`))).toThrow();
    use(openDatabase(path, kind(first)), (database) => {
      expect({ ...database.prepare('SELECT * FROM a').get() }).toEqual({ x: 1 });
    });
  });

  test('that was cut off while it was created goes on', () => {
    const path = newPath();
    use(new DatabaseSync(path), (database) => database.exec('PRAGMA journal_mode = WAL'));
    use(openDatabase(path, kind(first)), (database) => {
      expect(database.prepare('SELECT x FROM a').get()).toEqual({ x: 1 });
    });
  });
});

describe('a database is refused', () => {
  const refusal = (path: string, ...args: [DatabaseKind, { readOnly: boolean }?]) => {
    try {
      openDatabase(path, ...args).close();
    } catch (error) {
      expect(error).toBeInstanceOf(DatabaseRefused);
      return (error as Error).message;
    }
    throw new Error('it was opened');
  };

  test('of a newer format', () => {
    const path = newPath();
    use(openDatabase(path, kind(first, second)), () => undefined);
    expect(refusal(path, kind(first))).toBe(
      `${path} has format 2, newer than format 1 which this version of Shrike reads; upgrade Shrike, or run: shrike replay --data ${dirname(path)}`,
    );
  });

  test('of another kind', () => {
    const path = newPath();
    use(new DatabaseSync(path), (database) => database.exec('CREATE TABLE b (x)'));
    expect(refusal(path, kind(first))).toContain('is a database, but not the things of Shrike');
  });

  test('that is damaged', () => {
    const path = newPath();
    writeFileSync(path, 'this is no database, and long enough to be looked at as one'.repeat(100));
    expect(refusal(path, kind(first))).toBe(
      `${path} is damaged; to mend it run: shrike replay --data ${dirname(path)}`,
    );
  });

  test('that is only read before it was made', () => {
    const path = newPath();
    use(new DatabaseSync(path), (database) => database.exec('PRAGMA journal_mode = WAL'));
    expect(refusal(path, kind(first), { readOnly: true })).toContain('start the server once');
    expect(refusal(`${path}.none`, kind(first), { readOnly: true })).toContain('cannot be opened');
  });
});
