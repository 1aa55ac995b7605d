import type pg from 'pg';
import { type EventStoreDb, openEventStoreDb } from '../../eventstoredb/event-store-db.ts';
import { openPostgres } from '../../postgres/open-postgres.ts';
import { openRiskTables, type RiskTables } from '../../postgres/risk-tables.ts';
import type { EnginesConfig } from './engines-config.ts';
import type { ReportTrouble } from './running-role.ts';

/** What every role connects to. */
export interface RoleEngines {
  store: EventStoreDb;
  pool: pg.Pool;
  tables: RiskTables;
  close(): Promise<void>;
}

/** @throws PostgresRefused */
export async function openRoleEngines(
  { eventStoreUrl, databaseUrl, layout }: EnginesConfig,
  role: string,
  trouble: ReportTrouble,
): Promise<RoleEngines> {
  const pool = await openPostgres(databaseUrl, { applicationName: `shrike ${role}`, report: trouble });
  try {
    const tables = await openRiskTables(pool, layout.partitions);
    const store = openEventStoreDb(eventStoreUrl);
    return {
      store,
      pool,
      tables,
      async close() {
        await store.close();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
