import type pg from 'pg';
import { DEAD_LETTERS_SQL } from './postgres-dead-letters.ts';
import { ENTITY_SNAPSHOTS_SQL } from './postgres-entity-snapshots.ts';
import { PostgresRefused } from './postgres-refused.ts';
import { ROLE_REPORTS_SQL } from './role-reports.ts';
import { alone } from './transaction.ts';

/** SQL of each format, the first at index 0. Forward only: a step that was released never changes. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE checkpoints (
     partition integer PRIMARY KEY,
     position bigint NOT NULL,
     event_id text,
     log_offset bigint
   );
   CREATE TABLE risk_layout (partitions integer NOT NULL);
   CREATE TABLE rebuilds (partition integer PRIMARY KEY, generation bigint NOT NULL);
   CREATE TABLE mirror_checkpoints (log text PRIMARY KEY, position bigint NOT NULL);
   CREATE TABLE projection_checkpoints (
     projection text NOT NULL,
     partition integer NOT NULL,
     position bigint NOT NULL,
     event_id text,
     version integer NOT NULL,
     generation integer NOT NULL,
     PRIMARY KEY (projection, partition)
   );`,
  ROLE_REPORTS_SQL,
  `CREATE TABLE passed_transactions (
     account_id text COLLATE "C" NOT NULL,
     transaction_id text COLLATE "C" NOT NULL,
     revision bigint NOT NULL,
     PRIMARY KEY (account_id, transaction_id)
   );`,
  DEAD_LETTERS_SQL,
  ENTITY_SNAPSHOTS_SQL,
];

/**
 * Brings the schema that the connection's search path begins with to this version's format, one process after
 * the other. Tables that the log's partitions and the projections need are made by those that use them.
 * @throws PostgresRefused
 */
export async function migrate(pool: pg.Pool, migrations = MIGRATIONS): Promise<void> {
  try {
    await alone(pool, (client) => migrateAlone(client, migrations));
  } catch (error) {
    throw error instanceof PostgresRefused ? error : refusal(error);
  }
}

async function migrateAlone(client: pg.PoolClient, migrations: readonly string[]): Promise<void> {
  await client.query('CREATE TABLE IF NOT EXISTS shrike_format (format integer NOT NULL)');
  const { rows } = await client.query<{ format: number }>('SELECT format FROM shrike_format');
  const format = rows[0]?.format ?? 0;
  if (format > migrations.length) {
    throw new PostgresRefused(
      `the database has format ${format}, newer than format ${migrations.length} which this version of Shrike reads; upgrade Shrike`,
    );
  }
  if (format === migrations.length) return;
  for (const sql of migrations.slice(format)) await client.query(sql);
  await client.query('DELETE FROM shrike_format');
  await client.query('INSERT INTO shrike_format VALUES ($1)', [migrations.length]);
}

/** SQLSTATE of refusals that changing the URL or the rights mends. */
const REFUSALS: Record<string, string> = {
  '28P01': 'the password is wrong',
  '28000': 'the server does not let this user in from here',
  '3D000': 'there is no such database; create it first',
  '3F000': 'no schema of the search path exists; create it first',
  '42501': 'the user may not create tables; grant it CREATE on the schema',
};

function refusal(error: unknown): unknown {
  const { code = '', message } = error as { code?: string; message: string };
  const meaning = REFUSALS[code];
  if (meaning !== undefined) return new PostgresRefused(`${meaning} (${message})`, error);
  if (/SSL|TLS|CERT/i.test(`${code} ${message}`)) {
    return new PostgresRefused(`no TLS connection comes about: ${message}`, error);
  }
  if (/^E[A-Z]+$/.test(code) || /timeout|terminated|closed/i.test(message)) {
    return new PostgresRefused(`no PostgreSQL answers there: ${message || code}`, error);
  }
  return error;
}
