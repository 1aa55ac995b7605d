import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { startPostgres } from './postgres-server.ts';

const postgres = await engineOf(startPostgres);

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describeWith('a PostgreSQL server of our own', postgres, (engine) => {
  test('commits durably, and has after a kill what was committed, at the same place', async () => {
    const { url, kill, restart } = engine();
    expect(await ask(url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await ask(url, 'CREATE TABLE kept (x int); INSERT INTO kept VALUES (1)');
    await kill();
    await expect(ask(url, 'SELECT 1')).rejects.toThrow();
    await restart();
    await restart();
    expect(await ask(url, 'SELECT x FROM kept')).toEqual([{ x: 1 }]);
  });

  test('lets nobody in without its password', async () => {
    const url = new URL(engine().url);
    url.password = 'postgres';
    await expect(ask(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  test('is gone with its folder when it is stopped', async () => {
    const another = await startPostgres();
    const [setting] = await ask(another.url, 'SHOW data_directory');
    await another.stop();
    await expect(ask(another.url, 'SELECT 1')).rejects.toThrow();
    expect(existsSync(String(setting!.data_directory))).toBe(false);
  });
});
