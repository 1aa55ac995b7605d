import type { ViewTables } from '../../projections/projection.ts';
import { DECISION_COLUMNS } from './decision-row.ts';

export type DumpedView = Exclude<keyof ViewTables, 'projection_checkpoints'>;

interface Dumped<Column extends string> {
  columns: readonly Column[];
  /** What rows are ordered by: text by its bytes in UTF-8. */
  key: readonly Column[];
}

/** Of the decisions: all but their positions. */
export const DUMPED_DECISIONS: Dumped<(typeof DECISION_COLUMNS)[number]> = {
  columns: DECISION_COLUMNS.filter((column) => column !== 'position'),
  key: ['account_id', 'revision'],
};

/** Of the views: all but positions and clock times. */
export const DUMPED_VIEWS: { [T in DumpedView]: Dumped<keyof ViewTables[T] & string> } = {
  alerts: {
    columns: [
      'alert_id',
      'account_id',
      'transaction_id',
      'transaction_revision',
      'occurred_at',
      'occurred_at_ms',
      'amount_minor',
      'currency',
      'amount_base_minor',
      'score',
      'decision',
      'reasons',
      'rule_set',
      'rule_set_version',
      'late_by_ms',
      'state',
      'assignee',
      'disposition',
      'closed_by',
      'notes',
      'revision',
      'suspicions',
      'oldest_ms',
      'newest_ms',
      'families',
    ],
    key: ['alert_id'],
  },
  alert_suspicions: {
    columns: ['suspicion_id', 'alert_id', 'revision', 'held_back', 'suspected'],
    key: ['suspicion_id'],
  },
  alert_cool_downs: {
    columns: ['account_id', 'rule', 'occurred_at_ms', 'alert_id'],
    key: ['account_id', 'rule'],
  },
  alert_evidence: { columns: ['alert_id', 'hits', 'features'], key: ['alert_id'] },
  alert_reasons: { columns: ['alert_id', 'reason'], key: ['alert_id', 'reason'] },
  alert_history: {
    columns: ['alert_id', 'revision', 'type', 'by_whom', 'text', 'disposition'],
    key: ['alert_id', 'revision'],
  },
  rule_set_versions: {
    columns: ['name', 'version', 'hash', 'source', 'rule_set', 'published_by'],
    key: ['name', 'version'],
  },
  rule_set_activations: { columns: ['name', 'version', 'activated_by'], key: ['position'] },
  lists: {
    columns: ['name', 'of_field', 'description', 'version', 'changed_by', 'entries', 'numbered'],
    key: ['name'],
  },
  list_versions: { columns: ['name', 'version', 'changed_by', 'entries'], key: ['name', 'version'] },
  list_entries: {
    columns: ['name', 'number', 'value', 'expires_at', 'note', 'from_version', 'added_by'],
    key: ['name', 'number'],
  },
  rule_set_retirements: { columns: ['name', 'version', 'reason', 'retired_by'], key: ['name', 'version'] },
  rate_tables: { columns: ['version', 'base', 'rates', 'published_by'], key: ['version'] },
};

export function dumpLine(table: string, row: object): string {
  return JSON.stringify({ table, ...row });
}
