import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { connectionSettings, postgresPool } from './connection.ts';
import { migrate } from './migrations.ts';
import { openPostgres } from './open-postgres.ts';
import { PostgresRefused } from './postgres-refused.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { tempSchema } from './testing/temp-schema.ts';

const postgres = await engineOf(postgresOfTests);

describeWith('a PostgreSQL database', postgres, (engine) => {
  let schema: Awaited<ReturnType<typeof tempSchema>>;
  beforeEach(async () => {
    schema = await tempSchema(engine().url);
  });
  afterEach(() => schema.drop());

  async function using<T>(
    url: string,
    work: (pool: ReturnType<typeof postgresPool>) => Promise<T>,
  ): Promise<T> {
    const pool = postgresPool(url);
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  }

  test('gets its tables once, from however many processes at once', async () => {
    const pools = await Promise.all([1, 2, 3, 4].map(() => openPostgres(schema.url)));
    const { rows } = await pools[0]!.query('SELECT format FROM shrike_format');
    expect(rows.length).toBe(1);
    for (const pool of pools) await pool.end();
  });

  test('is brought forward, keeping its rows; a step that fails leaves it as it was', () =>
    using(schema.url, async (pool) => {
      const [first, second] = [
        'CREATE TABLE a (x int); INSERT INTO a VALUES (1)',
        'ALTER TABLE a ADD y text',
      ];
      const rows = async () => (await pool.query('SELECT * FROM a')).rows;
      await migrate(pool, [first]);
      await expect(migrate(pool, [first, `${second}; SELECT nothing`])).rejects.toThrow();
      expect(await rows()).toEqual([{ x: 1 }]);
      await migrate(pool, [first, second]);
      await migrate(pool, [first, second]);
      expect(await rows()).toEqual([{ x: 1, y: null }]);
      await expect(migrate(pool, [first])).rejects.toThrow(
        'DATABASE_URL: the database has format 2, newer than format 1 which this version of Shrike reads; upgrade Shrike',
      );
    }));

  test('gives 64-bit numbers as numbers, and an error where they are none', () =>
    using(schema.url, async (pool) => {
      const { rows } = await pool.query(
        'SELECT 9007199254740991::bigint AS most, -5::bigint AS few, NULL::bigint AS none',
      );
      expect(rows).toEqual([{ most: 2 ** 53 - 1, few: -5, none: null }]);
      await expect(pool.query('SELECT 9007199254740992::bigint AS beyond')).rejects.toThrow(
        '9007199254740992 of the database is beyond 2^53 - 1',
      );
      expect((await pool.query('SELECT 1 AS x')).rows).toEqual([{ x: 1 }]);
    }));

  test('ends a statement that takes too long', async () => {
    const pool = postgresPool(schema.url, { statementTimeoutMs: 100 });
    await expect(pool.query('SELECT pg_sleep(5)')).rejects.toThrow('statement timeout');
    await pool.end();
  });
});

describeWith('a PostgreSQL database', postgres, (engine) => {
  test.each<[string, (url: URL) => void, string]>([
    ['a wrong password', (url) => (url.password = 'wrong'), 'the password is wrong'],
    ['no such database', (url) => (url.pathname = '/none'), 'there is no such database; create it first'],
    ['a port where nobody listens', (url) => (url.port = '1'), 'no PostgreSQL answers there'],
    [
      'no schema',
      (url) => url.searchParams.set('options', '-csearch_path=nowhere'),
      'no schema of the search path exists; create it first',
    ],
    [
      'TLS where the server has none',
      (url) => url.searchParams.set('sslmode', 'verify-full'),
      'no TLS connection comes about: The server does not support SSL',
    ],
  ])('is refused with %s', async (_, change, message) => {
    const url = new URL(engine().url);
    change(url);
    const refused = openPostgres(url.href);
    await expect(refused).rejects.toThrow(PostgresRefused);
    await expect(refused).rejects.toThrow(`DATABASE_URL: ${message}`);
  });
});

describe('DATABASE_URL', () => {
  test('must be a URL of PostgreSQL', () => {
    for (const url of ['', 'localhost:5432', 'mysql://localhost/x']) {
      expect(() => connectionSettings(url)).toThrow('DATABASE_URL must be a URL such as postgres://');
    }
  });
});
