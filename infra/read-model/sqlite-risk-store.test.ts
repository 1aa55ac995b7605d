import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { riskStoreContract } from './risk-store.contract.ts';
import { sqliteRiskStore } from './sqlite-risk-store.ts';
import { checkpointAt, decisionAt, START } from './testing/decisions.ts';
import { type SqliteRisk, sqliteRisk } from './testing/sqlite-risk.ts';

describe('the risk store of SQLite', () => riskStoreContract(sqliteRisk));

describe('risk.db', () => {
  let risk: SqliteRisk;
  beforeEach(async () => {
    risk = await sqliteRisk();
  });
  afterEach(() => risk.close());

  test('holds the one partition of the embedded deployment', async () => {
    const from = { partition: 1, position: 0, eventId: null };
    await expect(risk.store.commit({ from, to: from, decisions: [], snapshots: [] })).rejects.toThrow(
      'partition 0 alone',
    );
  });

  test('would take a zombie, if the checkpoint were not compared', async () => {
    const first = { from: START, to: checkpointAt(5), decisions: [decisionAt(5)], snapshots: [] };
    await risk.store.commit(first);
    const unguarded = sqliteRiskStore(withoutComparing(risk.database));
    const zombie = { from: checkpointAt(3), to: checkpointAt(4), decisions: [], snapshots: [] };
    expect(await unguarded.commit(zombie)).toBe(true);
    expect(await risk.store.checkpoint(0)).toEqual(checkpointAt(4));
  });
});

/** The same database with the comparison taken out of the statement. */
function withoutComparing(from: DatabaseSync): DatabaseSync {
  return new Proxy(from, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (name === 'prepare')
        return (sql: string) => target.prepare(sql.replace('AND position = ?', 'OR position = ?'));
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
