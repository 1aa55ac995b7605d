import { once } from 'node:events';
import type pg from 'pg';
import { lockKey } from './locks.ts';
import { LEADERSHIP_PREFIX, type LeadershipOptions, postgresLeadership } from './postgres-leadership.ts';

/** Shows that a process lives, until it is ended. */
export interface SignOfLife {
  end(): Promise<void>;
}

/**
 * Shows everybody who can ask the database that a process lives: it alone leads what is called by its name. The sign
 * is gone with the process at once, and after some seconds if the process is frozen or cut off; it comes back by itself.
 */
export async function signOfLife(
  url: string,
  name: string,
  report: NonNullable<LeadershipOptions['report']>,
): Promise<SignOfLife> {
  const ending = new AbortController();
  const leadership = postgresLeadership(url, { name, report });
  let lease = await leadership.acquire(ending.signal);
  const shown = (async () => {
    while (!ending.signal.aborted) {
      if (!lease.lost.aborted) await once(lease.lost, 'abort');
      if (!ending.signal.aborted) lease = await leadership.acquire(ending.signal);
    }
  })().catch(() => undefined);
  return {
    async end() {
      ending.abort();
      await lease.release();
      await shown;
    },
  };
}

/** Those of the names of which nobody shows a sign of life just now. */
export async function withoutSignOfLife(pool: pg.Pool, names: readonly string[]): Promise<Set<string>> {
  // Shared: who looks at the same time does not take the other for the process.
  const { rows } = await pool.query<{ name: string }>({
    name: 'signs-of-life',
    text: `SELECT name FROM unnest($1::text[]) AS name
           WHERE pg_try_advisory_xact_lock_shared(${lockKey(`'${LEADERSHIP_PREFIX}' || name`)})`,
    values: [names],
  });
  return new Set(rows.map(({ name }) => name));
}
