import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../domain/decision.ts';
import type { EventStore } from '../domain/ports.ts';
import { keyPartitions } from './key-partitions.ts';
import { Mirror } from './mirror.ts';
import { PartitionGroup, type PartitionGroupOptions } from './partition-group.ts';
import { RuleSetTimeline } from './rule-set-timeline.ts';
import { withSharedReads } from './shared-reads.ts';
import { expectAsNaive } from './test-support/as-naive.ts';
import { chainPlan } from './test-support/chain-plan.ts';
import { draft, excluded, newer, ruleSetOf } from './test-support/facts.ts';
import { type Happening, type Written, written } from './test-support/history.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { MemoryTopic } from './test-support/memory-topic.ts';
import { overriding } from './test-support/overriding.ts';
import { PartitionedRiskStore } from './test-support/partitioned-risk-store.ts';
import { stamped } from './test-support/stamped.ts';

const COUNT = 6;
const ALL = [0, 1, 2, 3, 4, 5];
const RULE_SETS = [ruleSetOf('a', 'one'), ruleSetOf('b', 'two')];

function history(payments: number): Happening[] {
  const happenings: Happening[] = [{ kind: 'activate', ruleSet: 0 }];
  for (let i = 0; i < payments; i++) {
    if (i === payments / 2) happenings.push({ kind: 'activate', ruleSet: 1 });
    happenings.push({ kind: 'pay', account: i % 37, times: 1, amountMinor: i % 16, imported: false });
  }
  return happenings;
}

/** A mirrored history, and what must be decided of it. */
class World {
  readonly store = new MemoryEventStore();
  readonly topic = new MemoryTopic(COUNT);
  readonly risk = new PartitionedRiskStore(COUNT);
  readonly emitted: Decision[] = [];
  readonly #mirror = new Mirror(0, keyPartitions(COUNT));
  readonly #timeline = new RuleSetTimeline();
  readonly #history: Written[];

  constructor(payments: number) {
    this.#history = written(history(payments), RULE_SETS);
    for (const { stream, fact } of this.#history) this.store.appendAny(stream, [fact]);
  }

  /** Tells the topic what it was not told yet, alerts too. */
  mirror(): void {
    const facts = stamped(this.#timeline, this.store.facts.slice(this.#mirror.position));
    this.topic.add(this.#mirror.mirror(facts));
    this.topic.add(this.#mirror.ticks());
  }

  group(options: Partial<PartitionGroupOptions> = {}): PartitionGroup {
    return new PartitionGroup({
      partitions: COUNT,
      log: this.topic,
      store: this.store,
      risk: this.risk,
      compile: chainPlan,
      onDecision: (decision) => this.emitted.push(decision),
      ...options,
    });
  }

  /** Until every partition is committed to the end, with the alerts that came of it mirrored too. */
  async settled(): Promise<void> {
    for (const begun = Date.now(); ; await delay(5)) {
      this.mirror();
      if ((await this.risk.position()) === this.store.facts.length) return;
      if (Date.now() - begun > 15_000) throw new Error('waited in vain for the partitions to settle');
    }
  }

  expectAsNaive(): void {
    expectAsNaive(this.#history, RULE_SETS, this.risk.decisions, this.store.facts);
  }
}

describe('a group of partitions', () => {
  test('decides as one plain fold does, each account in its partition', async () => {
    const world = new World(1_000);
    const group = world.group();
    group.assign(ALL);
    await world.settled();
    expect(group.statuses(world.store.facts.length).map(({ partition }) => partition)).toEqual(ALL);
    await group.stop();
    world.expectAsNaive();
    for (const partition of ALL) {
      const checkpoint = await world.risk.checkpoint(partition);
      expect(checkpoint.offset).toBe(
        world.topic.records[partition]!.findLastIndex(({ position }) => position <= checkpoint.position) + 1,
      );
    }
  });

  test('whose partitions wander between processes that believe they have them loses and doubles nothing', async () => {
    const world = new World(3_000);
    const groups = [world.group(), world.group(), world.group()];
    for (let round = 0; round < 25; round++) {
      // Overlaps: for a while two of them hold the same partition.
      for (const [i, group] of groups.entries()) {
        group.assign(
          ALL.filter((partition) => (partition + round) % 3 === i || (partition + round) % 4 === i),
        );
        await delay(3);
      }
      world.mirror();
    }
    groups[0]!.assign(ALL);
    await Promise.all([groups[1]!.stop(), groups[2]!.stop()]);
    await world.settled();
    await groups[0]!.stop();
    world.expectAsNaive();
    expect(world.risk.refused).toBeGreaterThan(0);
  });
});

describe('the partitions of a group', () => {
  test('heal what the log has lost by about one scan of the store, not one for each partition', async () => {
    const world = new World(20_000);
    world.mirror();
    for (const records of world.topic.records) records.splice(0, records.length - 1);
    let scanned = 0;
    const store: EventStore = overriding(world.store, {
      readAll: async (after, limit) => {
        const facts = await world.store.readAll(after, limit);
        scanned += facts.length;
        return facts;
      },
    });
    const group = world.group({ store });
    group.assign(ALL);
    await world.settled();
    const healed = group.statuses(0).reduce((sum, { gapsHealed }) => sum + gapsHealed, 0);
    await group.stop();
    expect(healed).toBeGreaterThanOrEqual(COUNT);
    expect(scanned).toBeLessThan(2 * world.store.facts.length);
    world.expectAsNaive();
  });

  test('share one budget of memory', async () => {
    const world = new World(2_000);
    const group = world.group({ budgetEvents: 600 });
    group.assign(ALL);
    await world.settled();
    const inMemory = group.statuses(0).reduce((sum, { eventsInMemory }) => sum + eventsInMemory, 0);
    expect(inMemory).toBeLessThanOrEqual(600);
    await group.stop();
    world.expectAsNaive();
  });

  test('go on when one of them stands still, and it too once its fact is excluded', async () => {
    const world = new World(300);
    const { revision } = world.store.appendAny('account-a1', [newer(draft('AlertNoted', {}))]);
    const group = world.group();
    group.assign(ALL);
    world.mirror();
    const states = () => group.statuses(0).map(({ state }) => state);
    const begun = Date.now();
    while (!states().includes('blocked') && Date.now() - begun < 5_000) await delay(5);
    expect(states().toSorted()).toEqual(['blocked', ...Array(COUNT - 1).fill('running')]);
    expect(group.statuses(0)[states().indexOf('blocked')]).toMatchObject({
      partition: keyPartitions(COUNT).of({ ...world.store.facts.at(-1)!, stream: 'account-a1' }),
      blockedBy: { accountId: 'a1', revision },
    });
    world.store.appendAny('account-a1', [excluded(revision, true)]);
    world.mirror();
    await world.settled();
    expect(states()).toEqual(Array(COUNT).fill('running'));
    await group.stop();
    world.expectAsNaive();
  });
});

test('reads that are shared answer as the store does', async () => {
  const { store } = new World(2_500);
  const shared = withSharedReads(store);
  for (const after of [0, 10, 999, 1_000, 1_001, 5, 2_400, 2_503, 2_504, 0]) {
    for (const limit of [1, 100, 1_000]) {
      const facts = await shared.readAll(after, limit);
      expect(facts).toEqual((await store.readAll(after, limit)).slice(0, facts.length));
      expect(facts.length > 0).toBe(after < store.facts.length);
    }
  }
  expect(await shared.readAt(3)).toEqual(store.facts[2]);
  expect(await shared.readAt(9_999)).toBeUndefined();
});
