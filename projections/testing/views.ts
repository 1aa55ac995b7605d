import { canonicalDump } from '../../infra/read-model/canonical-dump.ts';
import { tempFile } from '../../infra/read-model/testing/temp-database.ts';
import { openViewsDatabase } from '../../infra/read-model/views-database.ts';
import { PROJECTIONS } from '../all.ts';
import type { ViewDatabase } from '../projection.ts';

const opened: (() => Promise<void>)[] = [];

/** A views database in a real file, until `closeViews`. */
export function views(path?: string): ViewDatabase {
  const file = path === undefined ? tempFile('views.db') : { path, remove: () => undefined };
  const db = openViewsDatabase(file.path);
  opened.push(async () => {
    await db.destroy();
    file.remove();
  });
  return db;
}

export async function closeViews(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

export async function dumpOf(db: ViewDatabase): Promise<string[]> {
  return Array.fromAsync(canonicalDump(undefined, db));
}

/** Every row with every column, positions and clock times too. */
export async function rowsOf(db: ViewDatabase): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const table of PROJECTIONS.flatMap(({ tables }) => tables)) {
    const all = await db.selectFrom(table).selectAll().execute();
    rows[table] = all.map((row) => JSON.stringify(row)).sort();
  }
  return rows;
}
