import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { transactionSubmitted } from '../domain/facts.ts';
import type { LogRecord } from '../domain/ports.ts';
import { BrokenOrder } from '../domain/risk-fold.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { CheckpointMismatch } from './checkpoint-match.ts';
import { submitted } from './test-support/facts.ts';
import { overriding } from './test-support/overriding.ts';
import { WINDOW_RULES } from './test-support/window-rules.ts';
import { World } from './test-support/world.ts';

const STRICT = WINDOW_RULES[0]!;
const SHORT = WINDOW_RULES[2]!;

let world: World;
beforeEach(() => {
  world = new World();
});

/** Five payments in quick succession are suspicious from the fourth on (rule OFTEN). */
const payOften = (accountId: string) => Array.from({ length: 5 }, () => world.pay(accountId));

describe('a decision', () => {
  test('is given out before it is recorded, and its alert stands before it counts as recorded', async () => {
    world.activate(STRICT);
    payOften('a');
    const seen: string[] = [];
    const { store, risk } = world;
    await world.settle(
      world.processor({
        onDecision: ({ revision, decision }) => seen.push(`${revision} ${decision}`),
        store: overriding(store, {
          append: (...args: Parameters<typeof store.append>) => {
            seen.push('alert');
            return store.append(...args);
          },
        }),
        onCommitted: () => seen.push('committed'),
      }),
    );
    expect(seen.slice(0, 8)).toEqual([
      '0 approve',
      '1 approve',
      '2 approve',
      '3 review',
      '4 review',
      'alert',
      'alert',
      'committed',
    ]);
    expect(risk.decisions).toHaveLength(5);
    expect(world.alerts()).toHaveLength(2);
  });

  test('before any rule set was active is to approve, and says why', async () => {
    payOften('a');
    world.activate(STRICT);
    world.pay('a');
    await world.settle();
    expect(world.risk.decisions[4]).toMatchObject({
      decision: 'approve',
      reasons: ['NO_RULE_SET'],
      score: 0,
      ruleSet: { name: 'none', version: 0 },
    });
    // The windows of what came later hold those transactions all the same.
    expect(world.risk.decisions[5]).toMatchObject({
      decision: 'review',
      ruleSet: { name: 'strict', version: 1 },
    });
  });

  test('is made by the rule set in force at its position, also within one batch', async () => {
    for (const ruleSet of [STRICT, SHORT, STRICT]) {
      world.activate(ruleSet, 1);
      world.pay('a');
      world.pay('b');
    }
    await world.settle();
    expect(world.risk.decisions.map(({ ruleSet, revision }) => `${ruleSet.name} ${revision}`)).toEqual([
      'strict 0',
      'strict 0',
      'short 1',
      'short 1',
      'strict 2',
      'strict 2',
    ]);
  });
});

describe('the alerts of an account', () => {
  /** Those of the account as the store has them, though the first append of each takes longest. */
  async function orderOfAlerts(ruleSet: RuleSet): Promise<number[]> {
    world.activate(ruleSet);
    payOften('a');
    payOften('a');
    const { store } = world;
    let delays = 12;
    const append = async (...args: Parameters<typeof store.append>) => {
      for (let turns = delays--; turns > 0; turns--) await setImmediate();
      return store.append(...args);
    };
    await world.settle(world.processor({ store: overriding(store, { append }) }));
    return world.alerts().map(({ data }) => JSON.parse(data).revision);
  }

  test('stand in the order of its decisions where they are gathered', async () => {
    const inOrder = await orderOfAlerts({ ...STRICT, alerts: { groupMs: 60_000 } });
    expect(inOrder).toEqual([3, 4, 5, 6, 7, 8, 9]);
    world = new World();
    expect(await orderOfAlerts(STRICT)).not.toEqual(inOrder);
  });
});

describe('a hypothetical transaction', () => {
  const hypothetical = (accountId: string) =>
    transactionSubmitted({
      ...submitted({ accountId, transactionId: 'hypothetical', occurredAt: '2026-03-01T05:00:00Z' }),
      stream: '',
      revision: 0,
      position: 0,
    });

  test('is scored as the next one would be, and leaves no trace', async () => {
    world.activate(STRICT);
    payOften('a');
    const processor = world.processor();
    const running = processor.run();
    while (world.risk.decisions.length < 5) await setImmediate();
    const [score, again] = [
      await processor.score(hypothetical('a')),
      await processor.score(hypothetical('a')),
    ];
    expect(again).toEqual(score);
    const next = world.pay('a', {
      transactionId: 'hypothetical',
      occurredAt: '2026-03-01T05:00:00Z',
    });
    while (world.decided.length < 6) await setImmediate();
    processor.stop();
    await running;
    const { position: _, ...decided } = world.decided[5]!;
    expect(score).toMatchObject(decided);
    expect(decided).toMatchObject({ revision: 5, decision: 'review' });
    expect(next.revision).toBe(5);
  });

  test('is scored for accounts that are not in memory, unknown ones, and before the processor ran', async () => {
    world.activate(STRICT);
    payOften('a');
    const processor = world.processor();
    expect(await processor.score(hypothetical('a'))).toMatchObject({ revision: 5, decision: 'review' });
    expect(await processor.score(hypothetical('b'))).toMatchObject({ revision: 0, decision: 'approve' });
  });

  test('is scored by the rule set activated last, even if nothing came after', async () => {
    world.activate(STRICT);
    payOften('a');
    await world.settle();
    world.activate(SHORT);
    expect(await world.processor().score(hypothetical('a'))).toMatchObject({
      ruleSet: { name: 'short', version: 1 },
      decision: 'review',
    });
  });
});

describe('stops and says why', () => {
  const failing = async (type: unknown, log?: (records: LogRecord[]) => LogRecord[]) => {
    const honest = world.processor();
    let processor = honest;
    if (log !== undefined) {
      const poll = async () => log(await recordsOf(world));
      processor = world.processor({ log: { poll, waitForMore: () => setImmediate() } });
    }
    await expect(processor.run()).rejects.toThrow(type as new () => Error);
    return processor.status(world.store.facts.length);
  };

  test('when the log says that nothing lies between two facts of an account, but something does', async () => {
    world.activate(STRICT);
    payOften('a');
    const status = await failing(BrokenOrder, (records) =>
      records.filter((_, i) => i !== 2).map((record) => ({ ...record, from: 0 })),
    );
    expect(status).toMatchObject({ state: 'failed', lastError: 'account a: revision 2 comes next, found 3' });
  });

  test('when its decisions are newer than the store', async () => {
    world.activate(STRICT);
    payOften('a');
    await world.settle();
    world.store = world.store.restoredAt(4);
    const status = await failing(CheckpointMismatch);
    expect(status.lastError).toMatch(/decisions are newer than the store.*shrike replay/);
  });

  test('when its decisions were made from another history', async () => {
    world.activate(STRICT);
    payOften('a');
    await world.settle();
    world.store = world.store.restoredAt(4);
    for (let i = 0; i < 10; i++) world.pay('b');
    const status = await failing(CheckpointMismatch);
    expect(status.lastError).toMatch(/belong to another history.*shrike replay/);
  });
});

test('a store that does not answer is waited for, and the status says so', async () => {
  world.activate(STRICT);
  payOften('a');
  let answering = false;
  const { store } = world;
  const processor = world.processor({
    store: overriding(store, {
      append: async (...args: Parameters<typeof store.append>) => {
        if (!answering) throw new Error('the disk is full');
        return store.append(...args);
      },
    }),
  });
  const running = processor.run();
  while (processor.status(0).state !== 'waiting') await setImmediate();
  expect(processor.status(7)).toMatchObject({
    lastError: 'the disk is full',
    committedPosition: 0,
    lag: 7,
    position: 7,
  });
  expect(world.risk.decisions).toEqual([]);
  answering = true;
  while (world.risk.decisions.length < 5) await setImmediate();
  expect(processor.status(7)).toMatchObject({ state: 'running', decisions: 5, alerts: 2, ownershipLost: 0 });
  processor.stop();
  await running;
  expect(processor.status(7).state).toBe('stopped');
  expect(world.alerts()).toHaveLength(2);
});

test('stopping ends a processor whose store does not answer', async () => {
  world.pay('a');
  const processor = world.processor({
    risk: overriding(world.risk, {
      commit: async () => {
        throw new Error('no connection');
      },
    }),
  });
  const running = processor.run();
  while (processor.status(1).state !== 'waiting') await setImmediate();
  processor.stop();
  await running;
  expect(processor.status(1)).toMatchObject({ state: 'stopped', lastError: 'no connection' });
});

test('a partition folds its own accounts only, also those it reads from the store', async () => {
  world.activate(STRICT);
  for (const account of ['a', 'b', 'a', 'b', 'a']) world.pay(account);
  const tick = { partition: 0, from: 7, position: 7, fact: null, ruleSet: null };
  const processor = world.processor({
    owns: (accountId) => accountId === 'a',
    log: { poll: async () => [tick], waitForMore: () => setImmediate() },
  });
  await world.settle(processor);
  expect(world.risk.decisions.map(({ accountId }) => accountId)).toEqual(['a', 'a', 'a']);
  expect(processor.status(7)).toMatchObject({ gapsHealed: 1, duplicatesSkipped: 0 });
});

async function recordsOf({ store }: World): Promise<LogRecord[]> {
  return store.facts
    .filter(({ stream }) => stream.startsWith('account-'))
    .map((fact) => ({
      partition: 0,
      from: fact.position - 1,
      position: fact.position,
      fact,
      ruleSet: { name: 'strict', version: 1 },
    }));
}
