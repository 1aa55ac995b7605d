import type pg from 'pg';
import type { TransactionIndex } from '../../../domain/ports.ts';
import type { RiskUnderTest } from '../../read-model/testing/risk-under-test.ts';
import { openPostgres } from '../open-postgres.ts';
import { postgresDecisionQueries } from '../postgres-decision-queries.ts';
import { postgresDump } from '../postgres-dump.ts';
import { postgresRiskRebuild } from '../postgres-risk-rebuild.ts';
import { postgresRiskStore } from '../postgres-risk-store.ts';
import { postgresTransactionIndex } from '../postgres-transaction-index.ts';
import { openRiskTables, type RiskTables } from '../risk-tables.ts';
import { tempSchema } from './temp-schema.ts';

export type PostgresRisk = RiskUnderTest & { url: string; riskTables: RiskTables; index: TransactionIndex };

/** Decisions in a schema of their own. */
export async function postgresRisk(server: string, partitions = 1): Promise<PostgresRisk> {
  const schema = await tempSchema(server);
  const pools: pg.Pool[] = [];
  const opened = async () => {
    const pool = await openPostgres(schema.url, { max: 4 });
    pools.push(pool);
    const tables = await openRiskTables(pool, partitions);
    return {
      riskTables: tables,
      store: postgresRiskStore(tables),
      queries: postgresDecisionQueries(tables),
      index: postgresTransactionIndex(tables),
      rebuild: () => postgresRiskRebuild(tables),
    };
  };
  const risk: PostgresRisk = {
    ...(await opened()),
    url: schema.url,
    rival: opened,
    async reopen() {
      await pools.shift()!.end();
      Object.assign(risk, await opened());
    },
    async tamper(sql) {
      await risk.riskTables.pool.query(sql.replaceAll(/\b(decisions|snapshots)\b/g, '$1_p0'));
    },
    dump: () => Array.fromAsync(postgresDump(risk.riskTables.pool)),
    async tables() {
      const { rows } = await risk.riskTables.pool.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables
         WHERE schemaname = current_schema() AND tablename ~ '^(decisions|snapshots)' ORDER BY name`,
      );
      return rows.map(({ name }) => name);
    },
    async close() {
      for (const pool of pools) await pool.end();
      await schema.drop();
    },
  };
  return risk;
}
