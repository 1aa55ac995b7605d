import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RiskStore, Snapshot } from '../../domain/ports.ts';
import { checkpointAt, decisionAt, START } from './testing/decisions.ts';
import type { RiskUnderTest } from './testing/risk-under-test.ts';

export const snapshotOf = (accountId: string, revision = 4): Snapshot => ({
  accountId,
  revision,
  eventId: `event-${revision}`,
  planHash: 'plan-1',
  bytes: Uint8Array.of(0, 1, 92, 34, revision),
});

/** What every risk store must do. */
export function riskStoreContract(open: () => Promise<RiskUnderTest>): void {
  let risk: RiskUnderTest;
  let store: RiskStore;
  beforeEach(async () => {
    risk = await open();
    store = risk.store;
  });
  afterEach(() => risk.close());

  describe('a commit', () => {
    test('writes decisions, snapshots and checkpoint, and gives them back as they were', async () => {
      const decisions = [
        decisionAt(1),
        decisionAt(2, { score: null, features: [], decision: 'approve' }),
        decisionAt(3, { beside: { shadowHits: ['quiet'], scores: { pace: 0.1, odds: null } } }),
        decisionAt(4, { features: [], beside: { shadowHits: [], scores: {} } }),
      ];
      const to = checkpointAt(4);
      expect(await store.checkpoint(0)).toEqual(START);
      expect(await store.commit({ from: START, to, decisions, snapshots: [snapshotOf('acct-1')] })).toBe(
        true,
      );
      expect(await store.checkpoint(0)).toEqual(to);
      expect(await store.readDecisions(0, 0, 10)).toEqual(decisions);
      expect(await store.readDecisions(0, 1, 10)).toEqual(decisions.slice(1));
      expect(await store.readDecisions(0, 0, 1)).toEqual([decisions[0]]);
      expect(await store.snapshots(['acct-1', 'acct-2'], 'plan-1')).toEqual([snapshotOf('acct-1')]);
    });

    test('keeps ids and numbers of any kind as they are', async () => {
      const decision = decisionAt(2 ** 53 - 2, {
        accountId: `a"b\\c{d},e'f g\n\tü😀\u007f NULL`,
        transactionId: 'NULL',
        revision: 2 ** 53 - 2,
        occurredAtMs: -8_640_000_000_000_000,
        score: 0.1 + 0.2,
        reasons: ['{"\\"}', '', 'NULL'],
        lateByMs: -5,
      });
      const snapshot = snapshotOf(decision.accountId);
      const to = { partition: 0, position: decision.position, eventId: `"{\\` };
      await store.commit({ from: START, to, decisions: [decision], snapshots: [snapshot] });
      expect(await store.checkpoint(0)).toEqual(to);
      expect(await store.readDecisions(0, 0, 10)).toEqual([decision]);
      expect(await store.snapshots([decision.accountId], 'plan-1')).toEqual([snapshot]);
    });

    test('survives closing and opening the database', async () => {
      await store.commit({ from: START, to: checkpointAt(1), decisions: [decisionAt(1)], snapshots: [] });
      await risk.reopen();
      expect(await risk.store.checkpoint(0)).toEqual(checkpointAt(1));
      expect(await risk.store.readDecisions(0, 0, 10)).toEqual([decisionAt(1)]);
    });

    test('from a checkpoint that is not the present one writes nothing', async () => {
      await store.commit({ from: START, to: checkpointAt(5), decisions: [decisionAt(5)], snapshots: [] });
      for (const from of [START, checkpointAt(4), checkpointAt(6)]) {
        const zombie = {
          from,
          to: checkpointAt(7),
          decisions: [decisionAt(7)],
          snapshots: [snapshotOf('acct-9')],
        };
        expect(await store.commit(zombie)).toBe(false);
      }
      expect(await store.checkpoint(0)).toEqual(checkpointAt(5));
      expect(await store.readDecisions(0, 0, 10)).toEqual([decisionAt(5)]);
      expect(await store.snapshots(['acct-9'], 'plan-1')).toEqual([]);
    });

    test('from anywhere but the beginning writes nothing where there is no checkpoint', async () => {
      const commit = { to: checkpointAt(5), decisions: [decisionAt(5)], snapshots: [] };
      expect(await store.commit({ ...commit, from: checkpointAt(3) })).toBe(false);
      expect(await store.checkpoint(0)).toEqual(START);
      expect(await store.readDecisions(0, 0, 10)).toEqual([]);
    });

    test('of which a row fails leaves nothing behind, and the next one works', async () => {
      const bad = decisionAt(2, { occurredAtMs: null as never });
      const commit = { from: START, to: checkpointAt(2), decisions: [decisionAt(1), bad], snapshots: [] };
      await expect(store.commit(commit)).rejects.toThrow();
      expect(await store.checkpoint(0)).toEqual(START);
      expect(await store.readDecisions(0, 0, 10)).toEqual([]);
      expect(await store.commit({ ...commit, decisions: [decisionAt(1), decisionAt(2)] })).toBe(true);
    });

    test('of decisions made before, after the checkpoint was lost, changes nothing', async () => {
      const decisions = [decisionAt(1), decisionAt(2), decisionAt(3)];
      await store.commit({ from: START, to: checkpointAt(3), decisions, snapshots: [] });
      await risk.tamper('DELETE FROM checkpoints');
      const again = { from: START, to: checkpointAt(2), decisions: decisions.slice(0, 2), snapshots: [] };
      expect(await store.commit(again)).toBe(true);
      expect(await store.readDecisions(0, 0, 10)).toEqual(decisions);
    });

    test('of two owners of the partition succeeds for one at each step, whoever is first', async () => {
      const owners = [store, (await risk.rival()).store];
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
      expect((await store.readDecisions(0, 0, 100)).length).toBe(20);
    });
  });

  describe('a snapshot', () => {
    const keep = (...snapshots: Snapshot[]) =>
      store
        .checkpoint(0)
        .then((from) =>
          store.commit({ from, to: checkpointAt(from.position + 1), decisions: [], snapshots }),
        );

    test('is the newest of its account, of the plan asked for', async () => {
      await keep(snapshotOf('acct-1', 4), snapshotOf('acct-2', 1));
      await keep(snapshotOf('acct-1', 9));
      expect(await store.snapshots(['acct-1'], 'plan-1')).toEqual([snapshotOf('acct-1', 9)]);
      expect(await store.snapshots(['acct-1'], 'plan-2')).toEqual([]);
      expect(await store.snapshots([], 'plan-1')).toEqual([]);
      const many = Array.from({ length: 5_000 }, (_, i) => `acct-${i}`);
      expect((await store.snapshots(many, 'plan-1')).length).toBe(2);
    });

    test.each([
      ['bytes', "bytes = (SELECT bytes FROM snapshots WHERE account_id = 'acct-2')"],
      ['revision', 'revision = 5'],
      ['event', "event_id = 'other'"],
      ['account', "account_id = 'acct-3'"],
      ['checksum', 'checksum = checksum + 1'],
    ])('whose %s is damaged is as good as none', async (_, change) => {
      await keep(snapshotOf('acct-1'), snapshotOf('acct-2', 9));
      await risk.tamper(`UPDATE snapshots SET ${change} WHERE account_id = 'acct-1'`);
      expect(await store.snapshots(['acct-1', 'acct-2', 'acct-3'], 'plan-1')).toEqual([
        snapshotOf('acct-2', 9),
      ]);
    });
  });
}
