import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

const LOOK_EVERY_MS = 5;

/** The lowest checkpoint of all partitions: everything up to there is decided. */
async function decidedUpTo(pool: pg.Pool, partitions: number): Promise<number> {
  const { rows } = await pool.query<{ position: number }>('SELECT position FROM checkpoints');
  return rows.length < partitions ? 0 : Math.min(...rows.map(({ position }) => position));
}

/** Resolves when everything up to a store position is decided. */
export async function decided(pool: pg.Pool, partitions: number, position: number): Promise<void> {
  while ((await decidedUpTo(pool, partitions)) < position) await delay(LOOK_EVERY_MS);
}
