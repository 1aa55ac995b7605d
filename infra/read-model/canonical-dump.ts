import type { DatabaseSync } from 'node:sqlite';
import type { ViewDatabase, ViewTables } from '../../projections/projection.ts';
import { DECISION_COLUMNS } from './decision-row.ts';
import type { DecisionRow } from './risk-database.ts';

/**
 * Every row of the read models, ordered by key, as JSON lines without line ends, for comparisons: two stores with
 * the same facts in each stream give the same lines. Left out is what may differ between them: positions, clock
 * times, event ids, checkpoints; snapshots too, which only save time.
 */
export async function* canonicalDump(
  risk: DatabaseSync | undefined,
  views: ViewDatabase | undefined,
): AsyncGenerator<string> {
  if (risk !== undefined) yield* dumpedDecisions(risk);
  if (views === undefined) return;
  for (const [table, { columns, key }] of Object.entries(DUMPED)) {
    const rows = views.selectFrom(table as DumpedTable).select(columns as never);
    const ordered = key.reduce((query, column) => query.orderBy(column as never), rows);
    for await (const row of ordered.stream()) yield line(table, row as Record<string, unknown>);
  }
}

type DumpedTable = Exclude<keyof ViewTables, 'projection_checkpoints'>;

const DUMPED: { [T in DumpedTable]: { columns: (keyof ViewTables[T])[]; key: (keyof ViewTables[T])[] } } = {
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
    ],
    key: ['alert_id'],
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
  rate_tables: { columns: ['version', 'base', 'rates', 'published_by'], key: ['version'] },
};

function* dumpedDecisions(risk: DatabaseSync): Generator<string> {
  const columns = DECISION_COLUMNS.filter((column) => column !== 'position');
  const rows = risk.prepare(`SELECT ${columns} FROM decisions ORDER BY account_id, revision`).iterate();
  for (const row of rows) yield line('decisions', row as unknown as DecisionRow);
}

function line(table: string, row: object): string {
  return JSON.stringify({ table, ...row });
}
