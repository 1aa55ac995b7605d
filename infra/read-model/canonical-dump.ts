import type { DatabaseSync } from 'node:sqlite';
import type { ViewDatabase } from '../../projections/projection.ts';
import { DUMPED_DECISIONS, DUMPED_VIEWS, type DumpedView, dumpLine } from './dumped-tables.ts';

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
  for (const [table, { columns, key }] of Object.entries(DUMPED_VIEWS)) {
    const rows = views.selectFrom(table as DumpedView).select(columns as never);
    const ordered = key.reduce((query, column) => query.orderBy(column as never), rows);
    for await (const row of ordered.stream()) yield dumpLine(table, row as object);
  }
}

function* dumpedDecisions(risk: DatabaseSync): Generator<string> {
  const { columns, key } = DUMPED_DECISIONS;
  const rows = risk.prepare(`SELECT ${columns} FROM decisions ORDER BY ${key}`).iterate();
  for (const row of rows) yield dumpLine('decisions', row);
}
