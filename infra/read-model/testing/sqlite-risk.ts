import type { DatabaseSync } from 'node:sqlite';
import { canonicalDump } from '../canonical-dump.ts';
import { sqliteRiskRebuild } from '../decisions-rebuild.ts';
import { sqliteDecisionQueries } from '../queries/sqlite-decisions.ts';
import { openRiskDatabase } from '../risk-database.ts';
import { sqliteRiskStore } from '../sqlite-risk-store.ts';
import type { RiskUnderTest } from './risk-under-test.ts';
import { tempFile } from './temp-database.ts';

export type SqliteRisk = RiskUnderTest & { database: DatabaseSync };

export async function sqliteRisk(): Promise<SqliteRisk> {
  const file = tempFile('risk.db');
  const rivals: DatabaseSync[] = [];
  const opened = () => {
    const database = openRiskDatabase(file.path);
    return { database, store: sqliteRiskStore(database), queries: sqliteDecisionQueries(database) };
  };
  const risk: SqliteRisk = {
    ...opened(),
    rebuild: () => sqliteRiskRebuild(risk.database),
    async rival() {
      const database = openRiskDatabase(file.path);
      rivals.push(database);
      return { store: sqliteRiskStore(database), rebuild: () => sqliteRiskRebuild(database) };
    },
    async reopen() {
      risk.database.close();
      Object.assign(risk, opened());
    },
    tamper: async (sql) => risk.database.exec(sql),
    dump: () => Array.fromAsync(canonicalDump(risk.database, undefined)),
    tables: async () =>
      risk.database
        .prepare(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'decisions%' OR name LIKE 'snapshots%') ORDER BY name",
        )
        .all()
        .map((row) => String(row.name)),
    async close() {
      for (const database of [risk.database, ...rivals]) database.close();
      file.remove();
    },
  };
  return risk;
}
