import type pg from 'pg';
import { type PoolOptions, postgresPool } from './connection.ts';
import { migrate } from './migrations.ts';

/**
 * Connections to the database of a deployment, whose tables are brought to this version's format.
 * @param url as DATABASE_URL has it
 * @throws PostgresRefused
 */
export async function openPostgres(url: string, options: PoolOptions = {}): Promise<pg.Pool> {
  const pool = postgresPool(url, options);
  try {
    await migrate(pool);
    return pool;
  } catch (error) {
    await pool.end();
    throw error;
  }
}
