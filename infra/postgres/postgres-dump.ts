import type pg from 'pg';
import { DUMPED_DECISIONS, DUMPED_VIEWS, dumpLine } from '../read-model/dumped-tables.ts';
import { decisionsTable } from './risk-tables.ts';

const ROWS_A_FETCH = 1_000;

/**
 * Every row of the read models as `canonicalDump` gives it, line for line, all of one moment: what the log's
 * partitions hold apart is in one order here. Views or decisions that the database does not have give no lines.
 */
export async function* postgresDump(pool: pg.Pool): AsyncGenerator<string> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    for (const [table, { columns, key }] of Object.entries(await dumpedTables(client))) {
      const sources = table === 'decisions' ? await decisionsTables(client) : [table];
      yield* dumped(client, { table, sources, columns, key });
    }
    await client.query('COMMIT');
  } finally {
    // Also where the reader leaves before the end: its transaction ends with the connection.
    client.release(true);
  }
}

interface DumpedRows {
  table: string;
  sources: readonly string[];
  columns: readonly string[];
  key: readonly string[];
}

async function* dumped(client: pg.PoolClient, rows: DumpedRows): AsyncGenerator<string> {
  const { table, sources, columns, key } = rows;
  if (sources.length === 0) return;
  const needed = [...new Set([...columns, ...key])];
  const all = sources.map((source) => `SELECT ${needed} FROM ${source}`).join(' UNION ALL ');
  const order = key.map((column) => (isText(column) ? `${column} COLLATE "C"` : column));
  await client.query(
    `DECLARE dumped NO SCROLL CURSOR FOR SELECT ${columns} FROM (${all}) AS rows ORDER BY ${order}`,
  );
  for (;;) {
    const { rows: fetched } = await client.query(`FETCH ${ROWS_A_FETCH} FROM dumped`);
    for (const row of fetched) yield dumpLine(table, row);
    if (fetched.length < ROWS_A_FETCH) break;
  }
  await client.query('CLOSE dumped');
}

/** Numbers are versions, revisions, positions, and those of entries. */
const isText = (column: string): boolean => !['version', 'revision', 'position', 'number'].includes(column);

async function dumpedTables(
  client: pg.PoolClient,
): Promise<Record<string, Pick<DumpedRows, 'columns' | 'key'>>> {
  const there = await tablesThere(client, Object.keys(DUMPED_VIEWS));
  const views = Object.entries(DUMPED_VIEWS).filter(([table]) => there.has(table));
  return { decisions: DUMPED_DECISIONS, ...Object.fromEntries(views) };
}

async function decisionsTables(client: pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ partitions: number }>('SELECT partitions FROM risk_layout');
  return Array.from({ length: rows[0]?.partitions ?? 0 }, (_, partition) => decisionsTable(partition));
}

async function tablesThere(client: pg.PoolClient, names: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(name)) IS NOT NULL',
    [names],
  );
  return new Set(rows.map(({ name }) => name));
}
