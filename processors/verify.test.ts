import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Decision } from '../domain/decision.ts';
import { alertStream } from '../domain/facts.ts';
import { CheckpointMismatch } from './checkpoint-match.ts';
import { alertId } from './fraud-suspected.ts';
import { compileWindows as compile, WINDOW_RULES } from './test-support/window-rules.ts';
import { World } from './test-support/world.ts';
import { verify } from './verify.ts';

let world: World;
beforeEach(async () => {
  world = new World();
  world.activate(WINDOW_RULES[0]!);
  for (let i = 0; i < 6; i++) for (const account of ['a', 'b']) world.pay(account);
  world.activate(WINDOW_RULES[2]!);
  for (let i = 0; i < 3; i++) world.pay('a');
  await world.settle();
});

const verified = () => verify({ store: world.store, risk: world.risk, compile });
const tampered = (change: (decision: Decision) => Partial<Decision> | undefined) => {
  world.risk.decisions = world.risk.decisions.flatMap((decision) => {
    const changed = change(decision);
    return changed === undefined ? [] : [{ ...decision, ...changed }];
  });
};
const onlyAt = (revision: number, changed: Partial<Decision>) => (decision: Decision) =>
  decision.accountId === 'b' && decision.revision === revision ? changed : {};

describe('verify', () => {
  test('finds every decision and alert as recomputed', async () => {
    const progress: number[] = [];
    const { store, risk } = world;
    const result = await verify({
      store,
      risk,
      compile,
      onProgress: ({ decisions }) => progress.push(decisions),
    });
    expect(result).toEqual({
      decisions: 15,
      alerts: world.alerts().length,
      through: (await risk.checkpoint()).position,
      differ: 0,
      first: null,
    });
    expect(world.alerts().length).toBeGreaterThan(3);
    expect(progress.at(-1)).toBe(15);
  });

  test('compares up to the checkpoint, and leaves alone what was raised but not recorded yet', async () => {
    const restore = world.risk.backup();
    const before = world.alerts().length;
    for (let i = 0; i < 3; i++) world.pay('a');
    await world.settle();
    expect(world.alerts().length).toBeGreaterThan(before);
    restore();
    expect(await verified()).toMatchObject({ decisions: 15, alerts: before, differ: 0 });
  });

  test.each<[string, Partial<Decision>, string[]]>([
    ['score', { score: 12 }, ['score: recorded 12, recomputed 30']],
    ['decision', { decision: 'approve' }, ['decision: recorded "approve", recomputed "review"']],
    [
      'features',
      { features: [5, 500, 0, null, 0, 0, null, 7200, 99] },
      ['feature before: recorded 99, recomputed 4'],
    ],
    [
      'rule set',
      { ruleSet: { name: 'strict', version: 2 } },
      ['ruleSet: recorded {"name":"strict","version":2}, recomputed {"name":"strict","version":1}'],
    ],
    ['hits', { hits: [] }, ['rule often: recorded nothing, recomputed "30 points, OFTEN"']],
  ])('explains another %s', async (_, changed, sentences) => {
    tampered(onlyAt(4, changed));
    const { differ, first } = await verified();
    expect(differ).toBe(1);
    expect(first).toMatchObject({ accountId: 'b', differences: sentences });
  });

  test('explains the first difference of several', async () => {
    tampered(({ decision }) => (decision === 'review' ? { lateByMs: 5 } : {}));
    const { differ, first } = await verified();
    expect(differ).toBeGreaterThan(3);
    expect(first).toMatchObject({ differences: ['lateByMs: recorded 5, recomputed 0'] });
    const positions = world.risk.decisions
      .filter(({ lateByMs }) => lateByMs === 5)
      .map(({ position }) => position);
    expect(first!.position).toBe(Math.min(...positions));
  });
});

describe('verify, of what is missing or too many,', () => {
  test('misses a decision, and finds one too many', async () => {
    tampered((decision) => (decision.accountId === 'b' && decision.revision === 4 ? undefined : {}));
    expect(await verified()).toMatchObject({
      differ: 1,
      first: { differences: ['no decision is recorded'] },
    });
    world.risk.decisions.push({ ...world.risk.decisions[0]!, position: 2 });
    expect(await verified()).toMatchObject({
      differ: 2,
      first: {
        position: 2,
        differences: ['a decision is recorded, but the store holds no such transaction there'],
      },
    });
  });

  test('misses an alert, and finds those that are otherwise, double or of nothing', async () => {
    const { store } = world;
    const [removed, doubled] = world.alerts();
    removed!.type = 'AlertNoted';
    expect(await verified()).toMatchObject({
      differ: 1,
      first: {
        differences: [`the decision is review, but alert ${removed!.stream.slice(6)} is not in the store`],
      },
    });
    const { stream, revision: _, position: __, ...draft } = doubled!;
    store.facts.push({ ...draft, stream, revision: 1, position: store.facts.length + 1 });
    expect(await verified()).toMatchObject({ differ: 2 });
    const innocent = world.risk.decisions.find(({ decision }) => decision === 'approve')!;
    const data = JSON.stringify({ ...JSON.parse(draft.data), ...innocent, alertId: alertId(innocent) });
    store.facts.push({
      ...draft,
      data,
      stream: alertStream(alertId(innocent)),
      revision: 0,
      position: store.facts.length + 1,
    });
    expect(await verified()).toMatchObject({ differ: 3, first: { position: innocent.position } });
  });

  test('explains an alert that says otherwise than its decision', async () => {
    const alert = world.alerts()[0]!;
    alert.data = JSON.stringify({ ...JSON.parse(alert.data), amountMinor: 1 });
    expect(await verified()).toMatchObject({
      differ: 1,
      first: { differences: [`alert ${alert.stream.slice(6)}, amountMinor: recorded 1, recomputed 100`] },
    });
  });

  test('refuses decisions of another store', async () => {
    const restored = world.store.restoredAt(6);
    await expect(verify({ store: restored, risk: world.risk, compile })).rejects.toThrow(CheckpointMismatch);
  });
});
