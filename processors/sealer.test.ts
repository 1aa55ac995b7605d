import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../domain/decision.ts';
import { DecisionSum } from '../domain/decision-sum.ts';
import type { FactDraft } from '../domain/facts.ts';
import { SealChain } from './seal-chain.ts';
import { Sealer } from './sealer.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { PartitionedRiskStore } from './test-support/partitioned-risk-store.ts';

const PARTITIONS = 3;
const LENGTH = 60;
const EVERY = { decisions: 5, ms: 1_000 };

const decisionAt = (position: number): Decision => ({
  accountId: `a${position % 7}`,
  transactionId: `t${position}`,
  revision: position,
  position,
  occurredAtMs: position,
  score: position % 100,
  decision: 'approve',
  reasons: [],
  hits: [],
  features: [position],
  undefinedRules: [],
  ruleSet: { name: 's', version: 1 },
  lateByMs: 0,
  origin: 'live',
});

const fact = (i: number): FactDraft => ({
  eventId: `e${i}`,
  type: 'AlertNoted',
  schemaVersion: 1,
  key: null,
  data: '{}',
  personal: null,
  metadata: null,
});

/** Some positions hold transactions, of whatever partition. */
function history(partitionOf: readonly (number | null)[]) {
  const store = new MemoryEventStore();
  for (let i = 1; i <= LENGTH; i++) store.appendAny('alert-x', [fact(i)]);
  const risk = new PartitionedRiskStore(PARTITIONS);
  const decisions = partitionOf.flatMap((partition, i) =>
    partition === null ? [] : [{ partition, decision: decisionAt(i + 1) }],
  );
  const commit = async (partition: number, by: number) => {
    const from = await risk.checkpoint(partition);
    const position = Math.min(LENGTH, from.position + by);
    const due = decisions.filter((each) => {
      const { position: at } = each.decision;
      return each.partition === partition && at > from.position && at <= position;
    });
    const to = { partition, position, eventId: store.facts[position - 1]?.eventId ?? null };
    await risk.commit({ from, to, decisions: due.map(({ decision }) => decision), snapshots: [] });
  };
  return { store, risk, commit, decisions: decisions.map(({ decision }) => decision) };
}

type World = ReturnType<typeof history>;

function sealerOf({ store, risk }: World, options: { isDying?: () => boolean } = {}): Sealer {
  const dying = options.isDying ?? (() => false);
  return new Sealer({
    risk,
    partitions: PARTITIONS,
    every: EVERY,
    signal: new AbortController().signal,
    readLimit: 4,
    store: {
      readStream: (...args) => store.readStream(...args),
      readAt: (position) => store.readAt(position),
      head: () => store.head(),
      async append(...args) {
        const appended = await store.append(...args);
        if (dying()) throw new Error('the answer was lost');
        return appended;
      },
    },
  });
}

function summed(decisions: readonly Decision[]) {
  const sum = new DecisionSum();
  for (const decision of decisions) sum.add(decision);
  return sum.summed;
}

async function assertSealed({ store, decisions }: World): Promise<number> {
  const seals = await new SealChain(store).readOn();
  let end = 0;
  for (const { from, to, count, digest } of seals) {
    expect(from).toBe(end);
    const within = decisions.filter(({ position }) => position > from && position <= to);
    expect({ count, digest }).toEqual(summed(within));
    end = to;
  }
  return end;
}

test('however partitions go on, and however many seal and fail: each decision is in one seal, and what is sealed is whole', async () => {
  const step = fc.oneof(
    fc.record({ commit: fc.nat({ max: PARTITIONS - 1 }), by: fc.integer({ min: 1, max: 20 }) }),
    fc.record({
      seal: fc.subarray([0, 1], { minLength: 1 }),
      lost: fc.boolean(),
      after: fc.nat({ max: 800 }),
    }),
    fc.constant('restart' as const),
  );
  const partitions = fc.array(fc.constantFrom(null, 0, 1, 2), { minLength: LENGTH, maxLength: LENGTH });
  await fc.assert(
    fc.asyncProperty(partitions, fc.array(step, { maxLength: 25 }), async (partitionOf, steps) => {
      const world = history(partitionOf);
      let [nowMs, lost] = [0, false];
      const isDying = () => lost;
      let sealers = [sealerOf(world, { isDying }), sealerOf(world, { isDying })];
      for (const each of steps) {
        if (each === 'restart') sealers = [sealerOf(world, { isDying }), sealerOf(world, { isDying })];
        else if ('commit' in each) await world.commit(each.commit, each.by);
        else {
          nowMs += each.after;
          lost = each.lost;
          await Promise.all(each.seal.map((i) => sealers[i]!.step(nowMs).catch(() => undefined)));
          await assertSealed(world);
        }
      }
      lost = false;
      for (let partition = 0; partition < PARTITIONS; partition++) await world.commit(partition, LENGTH);
      for (let i = 0; i < 3; i++) {
        for (const sealer of sealers) await sealer.step(nowMs);
        nowMs += EVERY.ms;
      }
      const end = await assertSealed(world);
      expect(world.decisions.filter(({ position }) => position > end)).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('nothing is sealed past the lowest checkpoint, before it is due, or where nothing was decided', async () => {
  const world = history(Array.from({ length: LENGTH }, (_, i) => (i < 40 ? i % PARTITIONS : null)));
  const sealer = sealerOf(world);
  await world.commit(0, 40);
  await world.commit(1, 40);
  await sealer.step(0);
  expect(sealer.position).toBe(0);
  await world.commit(2, 3);
  await sealer.step(0);
  expect(sealer.position).toBe(0);
  await sealer.step(EVERY.ms - 1);
  expect(sealer.position).toBe(0);
  await sealer.step(EVERY.ms);
  expect(sealer.position).toBe(3);
  for (let partition = 0; partition < PARTITIONS; partition++) await world.commit(partition, LENGTH);
  await sealer.step(EVERY.ms);
  await sealer.step(10 * EVERY.ms);
  const { position } = sealer;
  expect(position).toBeGreaterThanOrEqual(40);
  const seals = world.store.facts.length;
  await sealer.step(100 * EVERY.ms);
  expect(world.store.facts).toHaveLength(seals);
});

test('decisions of another history are sealed by nobody', async () => {
  const world = history(Array.from({ length: LENGTH }, () => 0));
  for (let partition = 0; partition < PARTITIONS; partition++) await world.commit(partition, LENGTH);
  world.store.facts[LENGTH - 1]!.eventId = 'another';
  await sealerOf(world).step(0);
  expect(await assertSealed(world)).toBe(0);
});
