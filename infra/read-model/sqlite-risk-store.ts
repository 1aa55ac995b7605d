import type { DatabaseSync } from 'node:sqlite';
import type { Decision } from '../../domain/decision.ts';
import type { Checkpoint, RiskStore, Snapshot } from '../../domain/ports.ts';
import { DECISION_COLUMNS, decisionOfRow, decisionValues } from './decision-row.ts';
import type { DecisionRow } from './risk-database.ts';
import { checksumOf, type SnapshotRow, snapshotOfRow } from './snapshot-row.ts';

/**
 * Decisions, snapshots and the risk processor's checkpoint in risk.db, by prepared statements: this is the hot
 * path. It holds partition 0, the only one of the embedded deployment. In the server one thread writes; another
 * process may swap in a rebuild, after which the next commit finds another checkpoint and writes nothing.
 */
export function sqliteRiskStore(database: DatabaseSync): RiskStore {
  const reads = riskReads(database);
  const writes = riskWrites(database, '');
  const moveCheckpoint = checkpointMove(database);

  return {
    async checkpoint(partition) {
      const row = reads.checkpoint.get(partition);
      if (row === undefined) return { partition, position: 0, eventId: null };
      return { partition, position: Number(row.position), eventId: row.event_id as string | null };
    },
    async commit({ from, to, decisions, snapshots }) {
      assertPartition(from.partition);
      assertPartition(to.partition);
      return inTransaction(database, () => {
        if (!moveCheckpoint(from, to)) return false;
        writes.add(decisions, snapshots);
        return true;
      });
    },
    async snapshots(accountIds, planHash) {
      const rows = reads.snapshots.all(planHash, JSON.stringify(accountIds)) as unknown as SnapshotRow[];
      return rows.map(snapshotOfRow).filter((snapshot) => snapshot !== undefined);
    },
    async readDecisions(partition, afterPosition, limit) {
      assertPartition(partition);
      return (reads.decisions.all(afterPosition, limit) as unknown as DecisionRow[]).map(decisionOfRow);
    },
  };
}

/** @throws RangeError */
export function assertPartition(partition: number): void {
  if (partition !== 0) throw new RangeError(`risk.db holds partition 0 alone, not ${partition}`);
}

/** Runs `work` in one transaction, kept only if it returns true. */
export function inTransaction(database: DatabaseSync, work: () => boolean): boolean {
  database.exec('BEGIN IMMEDIATE');
  try {
    const kept = work();
    database.exec(kept ? 'COMMIT' : 'ROLLBACK');
    return kept;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Compares and sets; nobody has set it yet where it is 0. */
function checkpointMove(database: DatabaseSync): (from: Checkpoint, to: Checkpoint) => boolean {
  const move = database.prepare(
    'UPDATE checkpoints SET position = ?, event_id = ? WHERE partition = ? AND position = ?',
  );
  const first = database.prepare(
    'INSERT INTO checkpoints (partition, position, event_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  return (from, to) =>
    move.run(to.position, to.eventId, from.partition, from.position).changes === 1 ||
    (from.position === 0 && first.run(to.partition, to.position, to.eventId).changes === 1);
}

/**
 * Adds rows to the tables of that suffix, '' for the live ones. A decision made again is the same decision: it
 * replaces itself, so that a lost checkpoint costs only time.
 */
export function riskWrites(database: DatabaseSync, suffix: string) {
  const addDecision = database.prepare(
    `INSERT OR REPLACE INTO decisions${suffix} (${DECISION_COLUMNS}) VALUES (${DECISION_COLUMNS.map(() => '?')})`,
  );
  const keepSnapshot = database.prepare(
    `INSERT OR REPLACE INTO snapshots${suffix} (account_id, plan_hash, revision, event_id, bytes, checksum)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  return {
    add(decisions: readonly Decision[], snapshots: readonly Snapshot[]): void {
      for (const decision of decisions) addDecision.run(...decisionValues(decision));
      for (const snapshot of snapshots) {
        const { accountId, planHash, revision, eventId, bytes } = snapshot;
        keepSnapshot.run(accountId, planHash, revision, eventId, bytes, checksumOf(snapshot));
      }
    },
  };
}

function riskReads(database: DatabaseSync) {
  return {
    checkpoint: database.prepare('SELECT position, event_id FROM checkpoints WHERE partition = ?'),
    snapshots: database.prepare(
      `SELECT account_id, plan_hash, revision, event_id, bytes, checksum FROM snapshots
       WHERE plan_hash = ? AND account_id IN (SELECT value FROM json_each(?))`,
    ),
    decisions: database.prepare(
      `SELECT ${DECISION_COLUMNS} FROM decisions WHERE position > ? ORDER BY position LIMIT ?`,
    ),
  };
}
