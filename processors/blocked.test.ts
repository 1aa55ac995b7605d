import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { accountStream, type StoredFact } from '../domain/facts.ts';
import type { RiskProcessor } from './risk-processor.ts';
import { excluded, newer, readmitted, submitted } from './test-support/facts.ts';
import { compileWindows as compile, WINDOW_RULES } from './test-support/window-rules.ts';
import { World } from './test-support/world.ts';
import { verify } from './verify.ts';

let world: World;
let started: { processor: RiskProcessor; ended: Promise<void> }[];
beforeEach(() => {
  world = new World();
  started = [];
  world.activate(WINDOW_RULES[0]!);
});

function start(): RiskProcessor {
  const processor = world.processor();
  started.push({ processor, ended: processor.run() });
  return processor;
}

/** A test that fails must not leave one turning. */
async function stopped(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    for (const { processor } of started) processor.stop();
    await Promise.all(started.map(({ ended }) => ended));
  }
}

async function reaching(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 20_000) throw new Error('it did not come');
    await setImmediate();
  }
}

function payNewer(accountId: string): StoredFact {
  const fact = newer(submitted({ accountId, transactionId: 'new', occurredAt: '2026-03-01T00:00:00Z' }));
  return world.store.appendAny(accountStream(accountId), [fact]);
}

const head = () => world.store.facts.length;
const revisionsOf = (accountId: string) =>
  world.risk.decisions.filter((decision) => decision.accountId === accountId).map(({ revision }) => revision);

describe('a partition that meets a fact it cannot read', () => {
  test('stands still, says where and what passes it, and has recorded what came before', () =>
    stopped(async () => {
      for (let i = 0; i < 5; i++) world.pay('a');
      const { position } = payNewer('it’s b');
      world.pay('a');
      const processor = start();
      await reaching(() => processor.status(head()).state === 'blocked');
      expect(processor.status(head())).toMatchObject({
        blockedBy: {
          accountId: 'it’s b',
          revision: 0,
          position,
          type: 'TransactionSubmitted',
          schemaVersion: 2,
        },
        lastError: expect.stringContaining(
          "upgrade Shrike, or pass it by: shrike facts exclude --account 'it’s b' --revision 0 --reason '...'",
        ),
      });
      expect(world.risk.decisions).toHaveLength(5);
      expect(world.alerts()).toHaveLength(2);
    }));

  test('goes on by itself once it is excluded, and has left nothing out but it', () =>
    stopped(async () => {
      world.pay('b');
      payNewer('b');
      for (let i = 0; i < 5; i++) for (const account of ['a', 'b']) world.pay(account);
      const processor = start();
      await reaching(() => processor.status(head()).state === 'blocked');
      world.store.appendAny(accountStream('b'), [excluded(1, true)]);
      world.pay('b');
      await reaching(() => world.risk.decisions.length === 12);
      expect(processor.status(head())).toMatchObject({ state: 'running', blockedBy: null });
      expect(revisionsOf('b')).toEqual([0, 2, 3, 4, 5, 6, 8]);
      // Of the account's windows it is no part: 6 payments came before the last.
      expect(world.risk.decisions.at(-1)!.features.at(-1)).toBe(6);
    }));

  test('stops when it is asked to', () =>
    stopped(async () => {
      payNewer('a');
      const processor = start();
      await reaching(() => processor.status(head()).state === 'blocked');
      processor.stop();
      await started[0]!.ended;
      expect(processor.status(head())).toMatchObject({ state: 'stopped', blockedBy: null });
    }));

  test('a type it does not know blocks it too', () =>
    stopped(async () => {
      const fact = { ...submitted({ accountId: 'a', transactionId: 'x' }), type: 'TransactionForgotten' };
      world.store.appendAny(accountStream('a'), [fact]);
      const processor = start();
      await reaching(() => processor.status(head()).blockedBy?.type === 'TransactionForgotten');
    }));

  test('is not passed by an exclusion that was of a fact that can be read', () =>
    stopped(async () => {
      payNewer('a');
      world.store.appendAny(accountStream('a'), [excluded(0, false)]);
      const processor = start();
      await reaching(() => processor.status(head()).state === 'blocked');
      for (let i = 0; i < 100; i++) await setImmediate();
      expect(processor.status(head()).state).toBe('blocked');
    }));
});

describe('after the upgrade', () => {
  /** Facts of the newer version become such as are read. */
  const upgrade = () => {
    for (const fact of world.store.facts) fact.schemaVersion = 1;
  };

  test('what was passed unread stays out, and comes in where it is readmitted', async () => {
    world.pay('a');
    payNewer('a');
    world.pay('a');
    world.store.appendAny(accountStream('a'), [excluded(1, true)]);
    world.pay('a');
    await world.settle();
    const { key } = world.store.facts.find(
      ({ stream, revision }) => stream === accountStream('a') && revision === 1,
    )!;
    expect(world.risk.passed).toContainEqual({ accountId: 'a', revision: 1, transactionId: key });
    upgrade();
    const verified = () => verify({ store: world.store, risk: world.risk, compile });
    expect(await verified()).toMatchObject({ decisions: 3, differ: 0 });
    world.pay('a');
    world.store.appendAny(accountStream('a'), [readmitted(1)]);
    world.pay('a');
    await world.settle();
    const before = world.risk.decisions.map(({ features }) => features.at(-1));
    expect(revisionsOf('a')).toEqual([0, 2, 4, 5, 7]);
    expect(before).toEqual([0, 1, 2, 3, 5]);
    expect(await verified()).toMatchObject({ decisions: 5, differ: 0 });
  });

  test('a version that cannot read what was readmitted stands still there', () =>
    stopped(async () => {
      payNewer('a');
      world.store.appendAny(accountStream('a'), [excluded(0, true)]);
      world.pay('a');
      world.store.appendAny(accountStream('a'), [readmitted(0)]);
      world.pay('a');
      const processor = start();
      await reaching(() => processor.status(head()).state === 'blocked');
      expect(revisionsOf('a')).toEqual([2]);
    }));
});
