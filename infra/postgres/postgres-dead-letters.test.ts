import { afterAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { MemoryDeadLetters } from '../../processors/test-support/memory-dead-letters.ts';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { deadLettersContract, HERE, letter } from './dead-letters.contract.ts';
import { openPostgres } from './open-postgres.ts';
import { postgresDeadLetters } from './postgres-dead-letters.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { tempSchema } from './testing/temp-schema.ts';

describe('dead letters in memory', () => {
  deadLettersContract(async () => new MemoryDeadLetters(({ position }) => position === HERE.position));
});

const postgres = await engineOf(postgresOfTests);

describeWith('dead letters in PostgreSQL', postgres, (engine) => {
  const opened: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of opened) await close();
  });
  async function database(): Promise<pg.Pool> {
    const schema = await tempSchema(engine().url);
    const pool = await openPostgres(schema.url, { max: 4 });
    await pool.query('INSERT INTO checkpoints VALUES (0, $1)', [HERE.position]);
    opened.push(async () => {
      await pool.end();
      await schema.drop();
    });
    return pool;
  }
  deadLettersContract(async () => postgresDeadLetters(await database()));

  test('are counted by topic, and told by account, those that wait longest first', async () => {
    const letters = postgresDeadLetters(await database());
    await letters.keep(HERE, [letter('a', 3), letter('a', 4, { problem: 'waits' })], 'first');
    await letters.keep(HERE, [letter('b', 9)], 'first');
    await letters.blame(letter('b', 9), 'no');
    expect(await letters.count()).toEqual([
      { topic: 'risk-scores', letters: 3, accounts: 2, oldestSeconds: expect.any(Number) },
    ]);
    expect(await letters.count({ accountId: 'b' })).toMatchObject([{ letters: 1, accounts: 1 }]);
    expect(await letters.groups({}, 9)).toMatchObject([
      { accountId: 'a', letters: 2, first: 3, last: 4, problem: 'too large' },
      { accountId: 'b', letters: 1, first: 9, last: 9, problem: 'no' },
    ]);
    expect(await letters.kept({ accountId: 'b' }, undefined, 9)).toMatchObject([
      { failures: 2, problem: 'no' },
    ]);
  });

  test('one is not kept behind another that is being removed', async () => {
    const pool = await database();
    const letters = postgresDeadLetters(pool);
    await letters.keep(HERE, [letter('a', 1)], 'first');
    const removing = await pool.connect();
    await removing.query('BEGIN');
    await removing.query('LOCK TABLE dead_letters IN SHARE ROW EXCLUSIVE MODE');
    await removing.query('DELETE FROM dead_letters');
    const keeping = letters.keep(HERE, [letter('a', 2)], 'behind others');
    const first = await Promise.race([keeping, new Promise((resolve) => setTimeout(resolve, 200, 'waits'))]);
    expect(first).toBe('waits');
    await removing.query('COMMIT');
    removing.release();
    expect(await keeping).toEqual(new Set());
  });

  test('a connection that breaks while it is taken fails what it is asked next, not the process', async () => {
    const pool = await database();
    const taken = await pool.connect();
    const { rows } = await taken.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const broken = new Promise<void>((resolve) => taken.once('end', resolve));
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    await broken;
    await expect(taken.query('SELECT 1')).rejects.toThrow();
    taken.release(true);
  });
});
