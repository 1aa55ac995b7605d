import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RiskCommit, RiskStore } from '../../domain/ports.ts';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { startPostgres } from '../engines/postgres-server.ts';
import { checkpointAt, decisionAt } from '../read-model/testing/decisions.ts';
import { postgresRiskStore } from './postgres-risk-store.ts';
import { decisionArrays, upsertDecisions } from './risk-inserts.ts';
import { decisionsTable, type RiskTables } from './risk-tables.ts';
import { type PostgresRisk, postgresRisk } from './testing/postgres-risk.ts';

const postgres = await engineOf(startPostgres);
const KILLS = 5;
const BATCH = 200;

describeWith('PostgreSQL killed in the middle of commits', postgres, (engine) => {
  let risk: PostgresRisk;
  beforeEach(async () => {
    risk = await postgresRisk(engine().url);
  });
  afterEach(() => risk.close());

  /** Commits step after step until it fails. @returns the position up to which commits were acknowledged */
  async function commitUntilDeath(store: RiskStore, acknowledged: { position: number }): Promise<void> {
    for (;;) {
      const from = await store.checkpoint(0);
      const position = from.position + BATCH;
      const decisions = Array.from({ length: BATCH }, (_, i) => decisionAt(from.position + 1 + i));
      await store.commit({ from, to: checkpointAt(position), decisions, snapshots: [] });
      acknowledged.position = position;
    }
  }

  async function positions(): Promise<{ checkpoint: number; rows: number; newest: number }> {
    const { position: checkpoint } = await risk.store.checkpoint(0);
    const { rows } = await risk.riskTables.pool.query(
      `SELECT count(*) AS rows, coalesce(max(position), 0) AS newest FROM ${decisionsTable(0)}`,
    );
    return { checkpoint, ...rows[0] };
  }

  test('has every commit it acknowledged, and rows and checkpoint agree', async () => {
    const acknowledged = { position: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      const before = acknowledged.position;
      const dying = commitUntilDeath(risk.store, acknowledged);
      const died = expect(dying).rejects.toThrow();
      while (acknowledged.position === before) await sleep(1);
      await sleep(10 + 7 * kill);
      await engine().kill();
      await died;
      await engine().restart();
      const { checkpoint, rows, newest } = await positions();
      expect([checkpoint, checkpoint]).toEqual([rows, newest]);
      expect(checkpoint).toBeGreaterThanOrEqual(acknowledged.position);
    }
    expect(acknowledged.position).toBeGreaterThan(KILLS * BATCH);
  });

  test('would lose rows if the checkpoint were durable before them', async () => {
    const store = checkpointFirst(risk.riskTables, () => engine().kill());
    const decisions = [decisionAt(1)];
    const commit = { from: checkpointAt(0), to: checkpointAt(1), decisions, snapshots: [] };
    await expect(store.commit(commit)).rejects.toThrow();
    await engine().restart();
    expect(await positions()).toEqual({ checkpoint: 1, rows: 0, newest: 0 });
  });
});

/** A store that commits in two steps. */
function checkpointFirst(tables: RiskTables, between: () => Promise<void>): Pick<RiskStore, 'commit'> {
  const store = postgresRiskStore(tables);
  return {
    async commit(commit: RiskCommit) {
      await store.commit({ ...commit, decisions: [], snapshots: [] });
      await between();
      await tables.pool.query(upsertDecisions(decisionsTable(0), 1), decisionArrays(commit.decisions));
      return true;
    },
  };
}
