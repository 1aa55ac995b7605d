import { Kysely, PostgresDialect } from 'kysely';
import type { ViewDatabase, ViewTables } from '../../projections/projection.ts';
import type { PoolOptions } from './connection.ts';
import { openPostgres } from './open-postgres.ts';

/** As `openViewsDatabase`. Destroying it closes its connections. @throws PostgresRefused */
export async function openPostgresViews(url: string, options: PoolOptions = {}): Promise<ViewDatabase> {
  const pool = await openPostgres(url, options);
  return new Kysely<ViewTables>({ dialect: new PostgresDialect({ pool }) });
}
