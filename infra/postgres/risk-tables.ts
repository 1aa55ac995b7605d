import type pg from 'pg';
import { partitionOfKey } from '../../processors/key-partitions.ts';
import { PostgresRefused } from './postgres-refused.ts';
import { alone } from './transaction.ts';

/** Decisions and snapshots of every account, in tables of their own for each partition of the log. */
export interface RiskTables {
  pool: pg.Pool;
  /** Of the log: an account's decisions lie where the log's partitioner puts the account. */
  partitions: number;
}

/** Makes the tables that are missing. @throws PostgresRefused if they were made for another number of partitions */
export async function openRiskTables(pool: pg.Pool, partitions: number): Promise<RiskTables> {
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new RangeError(`the number of partitions must be a whole number of at least 1, not ${partitions}`);
  }
  await alone(pool, async (client) => {
    const { rows } = await client.query<{ partitions: number }>('SELECT partitions FROM risk_layout');
    const known = rows[0]?.partitions;
    if (known === partitions) return;
    if (known !== undefined) throw new PostgresRefused(otherLayout(known, partitions));
    await client.query('INSERT INTO risk_layout VALUES ($1)', [partitions]);
    for (let partition = 0; partition < partitions; partition++) {
      await client.query('INSERT INTO rebuilds VALUES ($1, 0)', [partition]);
      await client.query(riskTablesSql(partition, ''));
    }
  });
  return { pool, partitions };
}

/** An account would be looked for in another table than the one it is in: transactions would count twice. */
function otherLayout(known: number, wanted: number): string {
  return `the decisions in this database lie in ${known} partitions, the log has ${wanted}; a log of another number of partitions is a new generation, which needs a database or schema of its own, filled from the start`;
}

export const partitionOfAccount = ({ partitions }: RiskTables, accountId: string): number =>
  partitionOfKey(accountId, partitions);

/** @param suffix '' for the live table, of a rebuild its own */
export const decisionsTable = (partition: number, suffix = ''): string => `decisions_p${partition}${suffix}`;
export const snapshotsTable = (partition: number, suffix = ''): string => `snapshots_p${partition}${suffix}`;

/**
 * The tables of one partition. No table is over all partitions: what is put in place of one partition's then waits
 * for nobody who works on another. Index names stay with their tables when these are renamed.
 */
export function riskTablesSql(partition: number, suffix: string): string {
  const decisions = decisionsTable(partition, suffix);
  const snapshots = snapshotsTable(partition, suffix);
  return `
    CREATE TABLE ${decisions} (
      position bigint NOT NULL,
      account_id text COLLATE "C" NOT NULL,
      revision bigint NOT NULL,
      transaction_id text COLLATE "C" NOT NULL,
      occurred_at_ms bigint NOT NULL,
      score double precision,
      decision text NOT NULL,
      reasons text NOT NULL,
      hits text NOT NULL,
      features text NOT NULL,
      undefined_rules text NOT NULL,
      rule_set text NOT NULL,
      rule_set_version integer NOT NULL,
      late_by_ms bigint NOT NULL,
      origin text NOT NULL
    );
    CREATE UNIQUE INDEX ${decisions}_by_position ON ${decisions} (position);
    CREATE UNIQUE INDEX ${decisions}_by_revision ON ${decisions} (account_id, revision);
    CREATE INDEX ${decisions}_by_transaction ON ${decisions} (transaction_id, account_id);
    CREATE TABLE ${snapshots} (
      account_id text COLLATE "C" NOT NULL,
      plan_hash text NOT NULL,
      revision bigint NOT NULL,
      event_id text NOT NULL,
      bytes bytea NOT NULL,
      checksum bigint NOT NULL,
      CONSTRAINT ${snapshots}_key PRIMARY KEY (account_id)
    );`;
}
