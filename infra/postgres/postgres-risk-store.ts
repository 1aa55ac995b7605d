import type { Decision } from '../../domain/decision.ts';
import type { Checkpoint, RiskCommit, RiskStore, Snapshot } from '../../domain/ports.ts';
import { DECISION_COLUMNS, decisionOfRow } from '../read-model/decision-row.ts';
import type { DecisionRow } from '../read-model/risk-database.ts';
import { type SnapshotRow, snapshotOfRow } from '../read-model/snapshot-row.ts';
import {
  decisionArrays,
  insertDecisions,
  insertPassed,
  insertSnapshots,
  passedArrays,
  snapshotArrays,
  upsertDecisions,
} from './risk-inserts.ts';
import { decisionsTable, partitionOfAccount, type RiskTables, snapshotsTable } from './risk-tables.ts';

/**
 * Decisions, snapshots and the risk processors' checkpoints in PostgreSQL. A commit is one statement, thus one
 * round trip and one flush of the server's log: it moves the checkpoint if that still is where the processor found
 * it, and adds the rows if it moved.
 */
export function postgresRiskStore(tables: RiskTables): RiskStore {
  const { pool } = tables;
  return {
    async checkpoint(partition) {
      assertPartition(tables, partition);
      const { rows } = await pool.query<CheckpointRow>({
        name: 'checkpoint',
        text: 'SELECT position, event_id, log_offset FROM checkpoints WHERE partition = $1',
        values: [partition],
      });
      return checkpointOf(partition, rows[0]);
    },
    commit: (commit) => commitRows(tables, commit),
    async snapshots(accountIds, planHash) {
      const byPartition = Map.groupBy(accountIds, (accountId) => partitionOfAccount(tables, accountId));
      const found = [...byPartition].map(([partition, ids]) =>
        readSnapshots(tables, partition, ids, planHash),
      );
      return (await Promise.all(found)).flat();
    },
    async readDecisions(partition, afterPosition, limit) {
      assertPartition(tables, partition);
      const { rows } = await pool.query<DecisionRow>({
        name: `decisions-p${partition}`,
        text: `SELECT ${DECISION_COLUMNS} FROM ${decisionsTable(partition)}
               WHERE position > $1 ORDER BY position LIMIT $2`,
        values: [afterPosition, limit],
      });
      return rows.map(decisionOfRow);
    },
  };
}

interface CheckpointRow {
  position: number;
  event_id: string | null;
  log_offset: number | null;
}

function checkpointOf(partition: number, row: CheckpointRow | undefined): Checkpoint {
  if (row === undefined) return { partition, position: 0, eventId: null };
  const { position, event_id: eventId, log_offset: offset } = row;
  return { partition, position, eventId, ...(offset !== null && { offset }) };
}

/**
 * The server locks the tables before it runs the statement, in the order in which a rebuild's swap does: neither
 * can hold what the other waits for, and after a swap the statement finds the checkpoint that came with it.
 */
const commitSql = (partition: number, add: typeof insertDecisions): string => `
  WITH moved AS (
    INSERT INTO checkpoints AS present (partition, position, event_id, log_offset)
    SELECT $1::integer, $2::bigint, $3::text, $4::bigint
    WHERE $5::bigint = 0 OR EXISTS (SELECT FROM checkpoints WHERE partition = $1)
    ON CONFLICT (partition) DO UPDATE
    SET position = excluded.position, event_id = excluded.event_id, log_offset = excluded.log_offset
    WHERE present.position = $5
    RETURNING 1
  ),
  added_decisions AS (${add(decisionsTable(partition), 6, WHERE_MOVED)}),
  added_snapshots AS (${insertSnapshots(snapshotsTable(partition), 21, WHERE_MOVED)}),
  added_passed AS (${insertPassed(27, WHERE_MOVED)})
  SELECT count(*) AS moved FROM moved`;

const WHERE_MOVED = 'WHERE EXISTS (SELECT FROM moved)';

async function commitRows(tables: RiskTables, commit: RiskCommit): Promise<boolean> {
  const { from, to, decisions, snapshots, passed = [] } = commit;
  assertPartition(tables, from.partition);
  if (to.partition !== from.partition) throw new RangeError('a commit is of one partition');
  assertOfPartition(tables, to.partition, decisions);
  assertOfPartition(tables, to.partition, snapshots);
  const checkpoint = [to.partition, to.position, to.eventId, to.offset ?? null, from.position];
  const values = [
    ...checkpoint,
    ...decisionArrays(decisions),
    ...snapshotArrays(snapshots),
    ...passedArrays(passed),
  ];
  const statement = async (name: string, add: typeof insertDecisions) => {
    const text = commitSql(to.partition, add);
    const { rows } = await tables.pool.query<{ moved: number }>({
      name: `${name}-p${to.partition}`,
      text,
      values,
    });
    return rows[0]!.moved === 1;
  };
  try {
    return await statement('commit', insertDecisions);
  } catch (error) {
    if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
    // Decided before, by who had a checkpoint that is lost.
    return statement('recommit', upsertDecisions);
  }
}

const UNIQUE_VIOLATION = '23505';

async function readSnapshots(
  { pool }: RiskTables,
  partition: number,
  accountIds: readonly string[],
  planHash: string,
): Promise<Snapshot[]> {
  const { rows } = await pool.query<SnapshotRow & { bytes: Buffer }>({
    name: `snapshots-p${partition}`,
    text: `SELECT account_id, plan_hash, revision, event_id, bytes, checksum FROM ${snapshotsTable(partition)}
           WHERE plan_hash = $1 AND account_id = ANY($2::text[])`,
    values: [planHash, accountIds],
  });
  return rows
    .map((row) => snapshotOfRow({ ...row, bytes: plainBytes(row.bytes) }))
    .filter((snapshot) => snapshot !== undefined);
}

const plainBytes = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** @throws RangeError */
export function assertPartition({ partitions }: RiskTables, partition: number): void {
  if (!Number.isSafeInteger(partition) || partition < 0 || partition >= partitions) {
    throw new RangeError(`the database holds partitions 0 to ${partitions - 1}, not ${partition}`);
  }
}

/** Rows in another partition's table would never be found again, and a transaction submitted again count twice. */
export function assertOfPartition(
  tables: RiskTables,
  partition: number,
  rows: readonly Pick<Decision, 'accountId'>[],
): void {
  // Most rows are of few accounts.
  for (const accountId of new Set(rows.map((row) => row.accountId))) {
    const right = partitionOfAccount(tables, accountId);
    if (right !== partition) {
      throw new RangeError(`account ${accountId} is of partition ${right}, not of ${partition}`);
    }
  }
}
