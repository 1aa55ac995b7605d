import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { accountStream, alertStream, ruleSetStream } from '../domain/facts.ts';
import { keyPartitions } from './key-partitions.ts';
import { MirrorAhead, MirrorRun } from './mirror-run.ts';
import { chainPlan } from './test-support/chain-plan.ts';
import { activated, draft, published, ruleSetOf, submitted } from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { MemoryLeadership } from './test-support/memory-leadership.ts';
import { MemoryMirrorCheckpoints } from './test-support/memory-mirror-checkpoints.ts';
import { MemoryTopic } from './test-support/memory-topic.ts';

const PARTITIONS = keyPartitions(4);

class World {
  readonly store = new MemoryEventStore();
  readonly topic = new MemoryTopic(PARTITIONS.count);
  readonly checkpoints = new MemoryMirrorCheckpoints();
  readonly leadership = new MemoryLeadership();
  #count = 0;

  pay(times: number): void {
    for (let i = 0; i < times; i++) {
      const accountId = `a${this.#count % 13}`;
      const payment = submitted({ accountId, transactionId: `t${this.#count++}` });
      this.store.appendAny(accountStream(accountId), [payment]);
    }
  }

  mirror(publisher = this.topic): MirrorRun {
    const { store, checkpoints, leadership } = this;
    return new MirrorRun({
      store,
      publisher,
      checkpoints,
      leadership,
      partitions: PARTITIONS,
      compile: chainPlan,
    });
  }

  async mirrored(): Promise<void> {
    await until(
      () => this.checkpoints.position === this.store.facts.length,
      'all of the store to be mirrored',
    );
  }

  /** What every partition says must be true, and of every mirrored fact something must be said. */
  expectWholeAndTrue(): void {
    for (const [partition, records] of this.topic.records.entries()) {
      const own = this.store.facts.filter(
        (fact) => !fact.stream.startsWith('ruleset-') && PARTITIONS.of(fact) === partition,
      );
      for (const { from, position, fact } of records) {
        const within = own.filter((each) => each.position > from && each.position <= position);
        expect(within).toEqual(fact === null ? [] : [fact]);
      }
      const told = new Set(records.flatMap(({ fact }) => fact?.position ?? []));
      expect([...told].toSorted((a, b) => a - b)).toEqual(own.map(({ position }) => position));
    }
  }
}

async function until(met: () => boolean, what: string): Promise<void> {
  for (const begun = Date.now(); !met(); await delay(2)) {
    if (Date.now() - begun > 10_000) throw new Error(`waited in vain for ${what}`);
  }
}

describe('a mirror', () => {
  test('publishes every fact of accounts and alerts to its partition, in order', async () => {
    const world = new World();
    world.store.appendAny(ruleSetStream('r'), [published(ruleSetOf('r', ''), 1), activated('r', 1)]);
    world.pay(2_500);
    world.store.appendAny(alertStream('f00'), [draft('AlertNoted', {})]);
    const mirror = world.mirror();
    const ended = mirror.run();
    await world.mirrored();
    world.expectWholeAndTrue();
    for (const records of world.topic.records) {
      const positions = records.map(({ position }) => position);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      for (const { fact, ruleSet } of records) {
        expect(ruleSet).toEqual(fact === null ? null : { name: 'r', version: 1 });
      }
    }
    mirror.stop();
    await ended;
    expect(mirror.status()).toMatchObject({ state: 'stopped', position: 2_503, lastError: null });
  });

  test('ticks until every partition knows how far it is, and then says nothing', async () => {
    const world = new World();
    const mirror = world.mirror();
    const ended = mirror.run();
    world.pay(1);
    await until(
      () => world.topic.records.every((records) => records.at(-1)?.position === 1),
      'a tick in each',
    );
    const { published } = mirror.status();
    await delay(600);
    expect(mirror.status().published).toBe(published);
    world.pay(1);
    await until(
      () => world.topic.records.every((records) => records.at(-1)?.position === 2),
      'the next ticks',
    );
    mirror.stop();
    await ended;
    world.expectWholeAndTrue();
  });
});

describe('the checkpoint of a mirror', () => {
  test('is raised no further than what the log has acknowledged', async () => {
    const world = new World();
    const accepted: (() => void)[] = [];
    world.topic.beforePublish = () => new Promise((resolve) => accepted.push(resolve));
    world.pay(5_000);
    const mirror = world.mirror();
    const ended = mirror.run();
    await until(() => accepted.length === 4, 'four stretches on their way');
    await delay(150);
    expect(accepted).toHaveLength(4);
    // The second is acknowledged before the first.
    accepted[1]!();
    await delay(150);
    expect(world.checkpoints.position).toBe(0);
    accepted[0]!();
    await until(() => world.checkpoints.position === 2_000, 'both');
    world.topic.beforePublish = async () => {};
    for (const accept of accepted) accept();
    await world.mirrored();
    mirror.stop();
    await ended;
  });

  test('is where it goes on after an error, and repeats what may be there', async () => {
    const world = new World();
    let calls = 0;
    world.topic.beforePublish = async (records) => {
      if (++calls % 3 !== 0) return;
      world.topic.add(records.slice(0, records.length / 2));
      throw new Error('the broker went away');
    };
    const mirror = world.mirror();
    const ended = mirror.run();
    for (let i = 0; i < 20; i++) {
      world.pay(300);
      await delay(10);
    }
    await until(() => mirror.status().lastError === 'the broker went away', 'an error');
    world.topic.beforePublish = async () => {};
    await world.mirrored();
    mirror.stop();
    await ended;
    world.expectWholeAndTrue();
  });

  test('is told to every partition at the start: the one who set it may have died without', async () => {
    const world = new World();
    world.pay(10);
    world.checkpoints.position = 7;
    const mirror = world.mirror();
    const ended = mirror.run();
    await world.mirrored();
    mirror.stop();
    await ended;
    for (const records of world.topic.records)
      expect(records[0]).toMatchObject({ from: 7, position: 7, fact: null });
  });

  test('is refused if the store ends before it', async () => {
    const world = new World();
    world.pay(3);
    world.checkpoints.position = 5;
    const mirror = world.mirror();
    await expect(mirror.run()).rejects.toThrow(MirrorAhead);
    expect(mirror.status().lastError).toContain('it reaches position 5, the store ends at 3');
  });
});

describe('of two mirrors', () => {
  test('one stands by, and goes on where the other ended', async () => {
    const world = new World();
    const [first, second] = [world.mirror(), world.mirror()];
    const ended = [first.run(), second.run()];
    world.pay(100);
    await world.mirrored();
    expect([first.status().state, second.status().state]).toEqual(['mirroring', 'standing by']);
    first.stop();
    await ended[0];
    world.pay(100);
    await world.mirrored();
    expect(second.status().state).toBe('mirroring');
    second.stop();
    await ended[1];
    world.expectWholeAndTrue();
  });

  test.each([
    ['knows that it no longer leads', true],
    ['does not know it', false],
  ])('one that was frozen, and %s, does no harm', async (_, told) => {
    const world = new World();
    const frozen = new MemoryTopic(PARTITIONS.count);
    const held: (() => void)[] = [];
    frozen.beforePublish = async (records) => {
      await new Promise<void>((resolve) => held.push(resolve));
      world.topic.add(records);
    };
    world.pay(3_000);
    const old = world.mirror(frozen);
    const oldEnded = old.run();
    await until(() => held.length > 2, 'the old one to have much on its way');
    world.leadership.takeAway(told);
    const mirror = world.mirror();
    const ended = mirror.run();
    await world.mirrored();
    world.pay(500);
    frozen.beforePublish = async (records) => world.topic.add(records);
    for (const thaw of held) thaw();
    await world.mirrored();
    await delay(100);
    old.stop();
    mirror.stop();
    await Promise.all([oldEnded, ended]);
    world.expectWholeAndTrue();
  });
});
