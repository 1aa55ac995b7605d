import type { ViewDatabase } from '../../../projections/projection.ts';

/**
 * Up to which position a view shows everything. Read before its rows, these reflect at least that; rows beyond
 * it are left out of lists, so that none can appear later before one that was shown.
 */
export async function viewPosition(views: ViewDatabase, projection: string): Promise<number> {
  const rows = await views
    .selectFrom('projection_checkpoints')
    .select('position')
    .where('projection', '=', projection)
    .execute();
  return rows.length === 0 ? 0 : Math.min(...rows.map((row) => row.position));
}
