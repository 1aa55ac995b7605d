import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Checkpoint, RiskRebuild } from '../../domain/ports.ts';
import { assertOfPartition, assertPartition } from './postgres-risk-store.ts';
import {
  decisionArrays,
  insertPassed,
  insertSnapshots,
  passedArrays,
  snapshotArrays,
  upsertDecisions,
} from './risk-inserts.ts';
import { decisionsTable, type RiskTables, riskTablesSql, snapshotsTable } from './risk-tables.ts';
import { inTransaction } from './transaction.ts';

/**
 * Builds a partition's decisions and snapshots anew, in tables whose names carry a generation, while the live ones
 * are read and written on, also by other processes. After the swap a live processor's next commit finds another
 * checkpoint, writes nothing, and goes on from there. Of two rebuilds of a partition at once, the one begun first
 * fails.
 */
export function postgresRiskRebuild(tables: RiskTables): RiskRebuild {
  const { pool } = tables;
  let building: { partition: number; suffix: string } | undefined;
  const begun = () => {
    if (building === undefined) throw new Error('begin a rebuild first');
    return building;
  };

  return {
    async begin(partition) {
      assertPartition(tables, partition);
      const generation = await inTransaction(pool, (client) => begin(client, partition));
      building = { partition, suffix: suffixOf(generation) };
    },
    async append({ decisions, snapshots, passed = [] }) {
      const { partition, suffix } = begun();
      assertOfPartition(tables, partition, decisions);
      assertOfPartition(tables, partition, snapshots);
      await inTransaction(pool, async (client) => {
        await client.query(upsertDecisions(decisionsTable(partition, suffix), 1), decisionArrays(decisions));
        await client.query(insertSnapshots(snapshotsTable(partition, suffix), 1), snapshotArrays(snapshots));
        if (passed.length > 0) await client.query(insertPassed(1), passedArrays(passed));
      });
    },
    async swap(to, evenIfPast) {
      const { partition, suffix } = begun();
      if (to.partition !== partition) throw new RangeError(`the rebuild is of partition ${partition}`);
      const swapped = await unhurried(() =>
        inTransaction(pool, (client) => swap(client, to, suffix, evenIfPast)),
      );
      if (swapped) building = undefined;
      return swapped;
    },
  };
}

const suffixOf = (generation: number): string => `_g${generation}`;

async function begin(client: pg.PoolClient, partition: number): Promise<number> {
  // The row is locked from here on: rebuilds begin one after the other.
  const { rows } = await client.query<{ generation: number }>(
    'UPDATE rebuilds SET generation = generation + 1 WHERE partition = $1 RETURNING generation',
    [partition],
  );
  const { generation } = rows[0]!;
  const left = suffixOf(generation - 1);
  await client.query(`DROP TABLE IF EXISTS ${decisionsTable(partition, left)}`);
  await client.query(`DROP TABLE IF EXISTS ${snapshotsTable(partition, left)}`);
  await client.query(riskTablesSql(partition, suffixOf(generation)));
  return generation;
}

/** While a swap waits for who reads the tables, everybody after it waits too: it waits briefly, and comes back. */
const LOCK_TIMEOUT_MS = 500;
const PAUSE_MS = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';

async function unhurried<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Locks tables before rows, in the order in which a commit does. */
async function swap(
  client: pg.PoolClient,
  to: Checkpoint,
  suffix: string,
  evenIfPast: boolean,
): Promise<boolean> {
  await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
  const live = [decisionsTable(to.partition), snapshotsTable(to.partition)];
  for (const table of live) await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  const { rowCount } = await client.query(
    `INSERT INTO checkpoints AS present (partition, position, event_id, log_offset) VALUES ($1, $2, $3, $4)
     ON CONFLICT (partition) DO UPDATE
     SET position = excluded.position, event_id = excluded.event_id, log_offset = excluded.log_offset
     WHERE present.position <= excluded.position OR $5`,
    [to.partition, to.position, to.eventId, to.offset ?? null, evenIfPast],
  );
  if (rowCount !== 1) return false;
  for (const table of live) {
    await client.query(`DROP TABLE ${table}`);
    await client.query(`ALTER TABLE ${table}${suffix} RENAME TO ${table}`);
  }
  return true;
}
