import type { Decision } from '../../domain/decision.ts';
import type { PassedTransaction, Snapshot } from '../../domain/ports.ts';
import { DECISION_COLUMNS, decisionValues } from '../read-model/decision-row.ts';
import { checksumOf } from '../read-model/snapshot-row.ts';
import { byteaArray, numberArray, textArray } from './array-literal.ts';

/** Types of a decision's columns, in the order of DECISION_COLUMNS. */
const DECISION_TYPES: Record<(typeof DECISION_COLUMNS)[number], 'bigint' | 'integer' | 'float8' | 'text'> = {
  position: 'bigint',
  account_id: 'text',
  revision: 'bigint',
  transaction_id: 'text',
  occurred_at_ms: 'bigint',
  score: 'float8',
  decision: 'text',
  reasons: 'text',
  hits: 'text',
  features: 'text',
  undefined_rules: 'text',
  rule_set: 'text',
  rule_set_version: 'integer',
  late_by_ms: 'bigint',
  origin: 'text',
};

const SNAPSHOT_COLUMNS = ['account_id', 'plan_hash', 'revision', 'event_id', 'bytes', 'checksum'];

/** SQL that adds decisions given as one array a column, in the parameters from `first` on. None may be there yet. */
export function insertDecisions(table: string, first: number, where = ''): string {
  const arrays = DECISION_COLUMNS.map((column, i) => `$${first + i}::${DECISION_TYPES[column]}[]`);
  return `INSERT INTO ${table} (${DECISION_COLUMNS}) SELECT * FROM unnest(${arrays}) ${where}`;
}

/**
 * As insertDecisions, where some may be there. A decision made again is the same decision: it replaces itself, so
 * that a lost checkpoint costs only time. The server works a seventh more for each row.
 */
export function upsertDecisions(table: string, first: number, where = ''): string {
  return `${insertDecisions(table, first, where)}
    ON CONFLICT (account_id, revision) DO UPDATE SET ${replaced(DECISION_COLUMNS)}`;
}

export function insertSnapshots(table: string, first: number, where = ''): string {
  const types = ['text', 'text', 'bigint', 'text', 'bytea', 'bigint'];
  const arrays = types.map((type, i) => `$${first + i}::${type}[]`);
  return `INSERT INTO ${table} (${SNAPSHOT_COLUMNS}) SELECT * FROM unnest(${arrays}) ${where}
    ON CONFLICT (account_id) DO UPDATE SET ${replaced(SNAPSHOT_COLUMNS)}`;
}

/** They belong to no generation of decisions: that they were submitted stays true whatever is rebuilt. */
export function insertPassed(first: number, where = ''): string {
  return `INSERT INTO passed_transactions (account_id, transaction_id, revision)
    SELECT * FROM unnest($${first}::text[], $${first + 1}::text[], $${first + 2}::bigint[]) ${where}
    ON CONFLICT DO NOTHING`;
}

const replaced = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = excluded.${column}`).join(', ');

/** The parameters of insertDecisions and upsertDecisions. */
export function decisionArrays(decisions: readonly Decision[]): string[] {
  const rows = decisions.map(decisionValues);
  return DECISION_COLUMNS.map((column, i) => {
    const values = rows.map((row) => row[i]!);
    return DECISION_TYPES[column] === 'text'
      ? textArray(values as (string | null)[])
      : numberArray(values as (number | null)[]);
  });
}

/** The parameters of insertPassed. */
export function passedArrays(passed: readonly PassedTransaction[]): string[] {
  return [
    textArray(passed.map(({ accountId }) => accountId)),
    textArray(passed.map(({ transactionId }) => transactionId)),
    numberArray(passed.map(({ revision }) => revision)),
  ];
}

/** The parameters of insertSnapshots. */
export function snapshotArrays(snapshots: readonly Snapshot[]): string[] {
  return [
    textArray(snapshots.map((snapshot) => snapshot.accountId)),
    textArray(snapshots.map((snapshot) => snapshot.planHash)),
    numberArray(snapshots.map((snapshot) => snapshot.revision)),
    textArray(snapshots.map((snapshot) => snapshot.eventId)),
    byteaArray(snapshots.map((snapshot) => snapshot.bytes)),
    numberArray(snapshots.map(checksumOf)),
  ];
}
