import { PROJECTIONS } from '../all.ts';
import type { ViewDatabase } from '../projection.ts';

/** Every row with every column, positions and clock times too. */
export async function rowsOf(db: ViewDatabase): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const table of PROJECTIONS.flatMap(({ tables }) => tables)) {
    const all = await db.selectFrom(table).selectAll().execute();
    rows[table] = all.map((row) => JSON.stringify(row)).sort();
  }
  return rows;
}
