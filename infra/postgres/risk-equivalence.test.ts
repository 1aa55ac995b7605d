import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../../domain/decision.ts';
import type { Checkpoint, Snapshot } from '../../domain/ports.ts';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { snapshotOf } from '../read-model/risk-store.contract.ts';
import { checkpointAt, decisionAt } from '../read-model/testing/decisions.ts';
import type { RiskUnderTest } from '../read-model/testing/risk-under-test.ts';
import { sqliteRisk } from '../read-model/testing/sqlite-risk.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { type PostgresRisk, postgresRisk } from './testing/postgres-risk.ts';

const postgres = await engineOf(postgresOfTests);

/** What is done to a database of decisions. */
type Deed =
  | { kind: 'commit'; count: number; snapshot: boolean }
  /** A commit from an earlier checkpoint, or one that never was. */
  | { kind: 'zombie'; from: number; count: number }
  /** Two owners write the same step at once. */
  | { kind: 'rivals'; count: number }
  | { kind: 'lose-checkpoint' }
  | { kind: 'damage'; position: number }
  | { kind: 'rebuild'; upTo: number; step: number; evenIfPast: boolean };

const count = fc.integer({ min: 0, max: 6 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('commit' as const), count, snapshot: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('zombie' as const), from: fc.nat(40), count }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rivals' as const), count }) },
  fc.constant({ kind: 'lose-checkpoint' as const }),
  fc.record({ kind: fc.constant('damage' as const), position: fc.nat(40) }),
  fc.record({
    kind: fc.constant('rebuild' as const),
    upTo: fc.nat(60),
    step: fc.integer({ min: 1, max: 9 }),
    evenIfPast: fc.boolean(),
  }),
);

/** The history that is decided: the decision at each position. */
const decided = (position: number): Decision =>
  decisionAt(position, {
    accountId: `acct-${position % 3}`,
    revision: Math.floor(position / 3),
    transactionId: `t-${position % 7}-${Math.floor(position / 3)}`,
  });
const decisionsOf = (after: number, upTo: number): Decision[] =>
  Array.from({ length: Math.max(0, upTo - after) }, (_, i) => decided(after + 1 + i));
const snapshotAt = (position: number): Snapshot[] => [
  snapshotOf(decided(position).accountId, decided(position).revision),
];

async function done({ store, rival, rebuild, tamper }: RiskUnderTest, what: Deed): Promise<unknown> {
  const live = await store.checkpoint(0);
  const step = (from: Checkpoint, length: number, snapshots: Snapshot[] = []) => {
    const position = from.position + length;
    return { from, to: checkpointAt(position), decisions: decisionsOf(from.position, position), snapshots };
  };
  switch (what.kind) {
    case 'commit': {
      const snapshots = what.snapshot ? snapshotAt(live.position + what.count) : [];
      return store.commit(step(live, what.count, snapshots));
    }
    case 'zombie':
      return store.commit(step(checkpointAt(what.from), what.count));
    case 'rivals': {
      const other = (await rival()).store;
      const both = [store, other].map((owner) => owner.commit(step(live, what.count + 1)));
      return (await Promise.all(both)).toSorted();
    }
    case 'lose-checkpoint':
      return tamper('DELETE FROM checkpoints');
    case 'damage':
      return tamper(`UPDATE decisions SET score = 99, position = position WHERE position = ${what.position}`);
    case 'rebuild': {
      const beside = rebuild();
      await beside.begin(0);
      for (let after = 0; after < what.upTo; after += what.step) {
        const upTo = Math.min(what.upTo, after + what.step);
        await beside.append({ decisions: decisionsOf(after, upTo), snapshots: snapshotAt(upTo) });
      }
      return beside.swap(checkpointAt(what.upTo), what.evenIfPast);
    }
  }
}

async function stateOf({ store, dump, tables }: RiskUnderTest): Promise<unknown> {
  return {
    checkpoint: await store.checkpoint(0),
    decisions: await store.readDecisions(0, 0, 1_000),
    snapshots: (await store.snapshots(['acct-0', 'acct-1', 'acct-2'], 'plan-1')).toSorted((a, b) =>
      a.accountId.localeCompare(b.accountId),
    ),
    dump: await dump(),
    rebuilding: (await tables()).length,
  };
}

/** Nothing up to the revision it has seen of an account may be unknown to the index. */
async function assertNoHoles({ index }: PostgresRisk): Promise<void> {
  for (let position = 1; position <= 60; position++) {
    const { accountId, transactionId, revision } = decided(position);
    const seen = await index.lookUp(accountId, transactionId);
    expect(seen.revision).toBe(revision <= seen.seenRevision ? revision : null);
  }
}

describeWith('decisions in PostgreSQL and in SQLite', postgres, (engine) => {
  test('are the same after the same deeds: commits, zombies, rivals, damage and rebuilds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 20 }), async (deeds) => {
        const both = [await sqliteRisk(), await postgresRisk(engine().url)] as const;
        try {
          for (const what of deeds) {
            const outcomes = [];
            for (const risk of both) outcomes.push(await done(risk, what));
            expect(outcomes[1]).toEqual(outcomes[0]);
            expect(await stateOf(both[1])).toEqual(await stateOf(both[0]));
          }
          await assertNoHoles(both[1]);
        } finally {
          for (const risk of both) await risk.close();
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
