import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RiskStore, Snapshot } from '../../domain/ports.ts';
import { openRiskDatabase } from './risk-database.ts';
import { sqliteRiskStore } from './sqlite-risk-store.ts';
import { checkpointAt, decisionAt, START } from './testing/decisions.ts';
import { tempFile } from './testing/temp-database.ts';

const snapshot = (accountId: string, revision = 4): Snapshot => ({
  accountId,
  revision,
  eventId: `event-${revision}`,
  planHash: 'plan-1',
  bytes: Uint8Array.of(1, 2, 3, revision),
});

let file: ReturnType<typeof tempFile>;
let database: DatabaseSync;
let store: RiskStore;
beforeEach(() => {
  file = tempFile('risk.db');
  database = openRiskDatabase(file.path);
  store = sqliteRiskStore(database);
});
afterEach(() => {
  database.close();
  file.remove();
});

describe('a commit', () => {
  test('writes decisions, snapshots and checkpoint, and gives them back as they were', async () => {
    const decisions = [decisionAt(1), decisionAt(2, { score: null, features: [], decision: 'approve' })];
    const to = checkpointAt(2);
    expect(await store.checkpoint(0)).toEqual(START);
    expect(await store.commit({ from: START, to, decisions, snapshots: [snapshot('acct-1')] })).toBe(true);
    expect(await store.checkpoint(0)).toEqual(to);
    expect(await store.readDecisions(0, 0, 10)).toEqual(decisions);
    expect(await store.readDecisions(0, 1, 10)).toEqual([decisions[1]]);
    expect(await store.readDecisions(0, 0, 1)).toEqual([decisions[0]]);
    expect(await store.snapshots(['acct-1', 'acct-2'], 'plan-1')).toEqual([snapshot('acct-1')]);
  });

  test('survives closing and opening the file', async () => {
    await store.commit({ from: START, to: checkpointAt(1), decisions: [decisionAt(1)], snapshots: [] });
    database.close();
    database = openRiskDatabase(file.path);
    store = sqliteRiskStore(database);
    expect(await store.checkpoint(0)).toEqual(checkpointAt(1));
    expect(await store.readDecisions(0, 0, 10)).toEqual([decisionAt(1)]);
  });

  test('from a checkpoint that is not the present one writes nothing', async () => {
    await store.commit({ from: START, to: checkpointAt(5), decisions: [decisionAt(5)], snapshots: [] });
    for (const from of [START, checkpointAt(4), checkpointAt(6)]) {
      const zombie = {
        from,
        to: checkpointAt(7),
        decisions: [decisionAt(7)],
        snapshots: [snapshot('acct-9')],
      };
      expect(await store.commit(zombie)).toBe(false);
    }
    expect(await store.checkpoint(0)).toEqual(checkpointAt(5));
    expect(await store.readDecisions(0, 0, 10)).toEqual([decisionAt(5)]);
    expect(await store.snapshots(['acct-9'], 'plan-1')).toEqual([]);
  });

  test('of which a row fails leaves nothing behind, and the next one works', async () => {
    const bad = decisionAt(2, { transactionId: undefined as never });
    const commit = { from: START, to: checkpointAt(2), decisions: [decisionAt(1), bad], snapshots: [] };
    await expect(store.commit(commit)).rejects.toThrow();
    expect(await store.checkpoint(0)).toEqual(START);
    expect(await store.readDecisions(0, 0, 10)).toEqual([]);
    expect(await store.commit({ ...commit, decisions: [decisionAt(1), decisionAt(2)] })).toBe(true);
  });

  test('of decisions made before, after the checkpoint was lost, changes nothing', async () => {
    const decisions = [decisionAt(1), decisionAt(2), decisionAt(3)];
    await store.commit({ from: START, to: checkpointAt(3), decisions, snapshots: [] });
    database.exec('DELETE FROM checkpoints');
    expect(
      await store.commit({
        from: START,
        to: checkpointAt(2),
        decisions: decisions.slice(0, 2),
        snapshots: [],
      }),
    ).toBe(true);
    expect(await store.readDecisions(0, 0, 10)).toEqual(decisions);
  });

  test('holds the one partition of the embedded deployment', async () => {
    const from = { partition: 1, position: 0, eventId: null };
    await expect(store.commit({ from, to: from, decisions: [], snapshots: [] })).rejects.toThrow(
      'partition 0 alone',
    );
  });
});

describe('of two owners of the partition', () => {
  test('one commits each step, whoever is first', async () => {
    const rival = openRiskDatabase(file.path);
    const owners = [store, sqliteRiskStore(rival)];
    for (let position = 1; position <= 20; position++) {
      const commit = {
        from: checkpointAt(position - 1),
        to: checkpointAt(position),
        decisions: [decisionAt(position)],
        snapshots: [],
      };
      const first = position % 2;
      expect(await owners[first]!.commit(commit)).toBe(true);
      expect(await owners[1 - first]!.commit(commit)).toBe(false);
    }
    rival.close();
    expect((await store.readDecisions(0, 0, 100)).length).toBe(20);
  });

  test('a zombie would write if the checkpoint were not compared', async () => {
    await store.commit({ from: START, to: checkpointAt(5), decisions: [decisionAt(5)], snapshots: [] });
    const unguarded = sqliteRiskStore(withoutComparing(database));
    expect(
      await unguarded.commit({ from: checkpointAt(3), to: checkpointAt(4), decisions: [], snapshots: [] }),
    ).toBe(true);
    expect(await store.checkpoint(0)).toEqual(checkpointAt(4));
  });
});

describe('a snapshot', () => {
  const keep = (...snapshots: Snapshot[]) =>
    store
      .checkpoint(0)
      .then((from) => store.commit({ from, to: checkpointAt(from.position + 1), decisions: [], snapshots }));

  test('is the newest of its account, of the plan asked for', async () => {
    await keep(snapshot('acct-1', 4), snapshot('acct-2', 1));
    await keep(snapshot('acct-1', 9));
    expect(await store.snapshots(['acct-1'], 'plan-1')).toEqual([snapshot('acct-1', 9)]);
    expect(await store.snapshots(['acct-1'], 'plan-2')).toEqual([]);
    expect(
      (
        await store.snapshots(
          Array.from({ length: 5_000 }, (_, i) => `acct-${i}`),
          'plan-1',
        )
      ).length,
    ).toBe(2);
  });

  test.each([
    ['bytes', "bytes = x'01020399'"],
    ['revision', 'revision = 5'],
    ['event', "event_id = 'other'"],
    ['account', "account_id = 'acct-3'"],
    ['checksum', 'checksum = checksum + 1'],
  ])('whose %s is damaged is as good as none', async (_, change) => {
    await keep(snapshot('acct-1'), snapshot('acct-2'));
    database.exec(`UPDATE snapshots SET ${change} WHERE account_id = 'acct-1'`);
    expect(await store.snapshots(['acct-1', 'acct-2', 'acct-3'], 'plan-1')).toEqual([snapshot('acct-2')]);
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
