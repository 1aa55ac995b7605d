import pg from 'pg';
import { connectionSettings } from './connection.ts';
import { lockKey } from './locks.ts';

/**
 * Runs `work` unless another process of the deployment runs work of that name. The lock is a connection's: it ends
 * with the process, however that ends.
 * @returns undefined where another does it
 */
export async function tryAlone<T>(url: string, name: string, work: () => Promise<T>): Promise<T | undefined> {
  const client = new pg.Client(connectionSettings(url, { applicationName: `shrike ${name}` }));
  // Where the connection breaks the work goes on: two at once cost repeats, and lose nothing.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ isMine: boolean }>(
      `SELECT pg_try_advisory_lock(${lockKey('$1')}) AS "isMine"`,
      [name],
    );
    return rows[0]!.isMine ? await work() : undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
