import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Decision } from '../domain/decision.ts';
import {
  alertStream,
  type DecisionsSealed,
  type RuleSetVersion,
  SEALS_STREAM,
  type StoredFact,
  UnknownSchemaVersion,
} from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { CheckpointMismatch } from './checkpoint-match.ts';
import { alertId } from './fraud-suspected.ts';
import { replay } from './replay.ts';
import { Sealer } from './sealer.ts';
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
      seals: { hold: 0, broken: 0, ahead: 0, through: 0, first: null },
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

const sealed = async () => {
  const { store, risk } = world;
  const { signal } = new AbortController();
  const sealer = new Sealer({
    store,
    risk,
    partitions: 1,
    every: { decisions: 4, ms: 0 },
    signal,
    readLimit: 3,
  });
  await sealer.step(0);
  await sealer.step(1);
  const facts = store.facts.filter(({ stream }) => stream === SEALS_STREAM);
  expect(facts.length).toBeGreaterThan(2);
  return facts;
};
const changed = (fact: StoredFact, fields: Partial<DecisionsSealed>) => {
  fact.data = JSON.stringify({ ...JSON.parse(fact.data), ...fields });
};

describe('verify, of what is sealed,', () => {
  test('holds every seal', async () => {
    const facts = await sealed();
    const { differ, seals } = await verified();
    expect(differ).toBe(0);
    expect(seals).toMatchObject({ hold: facts.length, broken: 0, ahead: 0, first: null });
    expect(seals.through).toBeGreaterThanOrEqual(world.risk.decisions.at(-1)!.position);
  });

  test('names the range of a seal that says otherwise', async () => {
    const facts = await sealed();
    const { from, to, count } = JSON.parse(facts[1]!.data);
    changed(facts[1]!, { digest: '0'.repeat(64) });
    const hold = facts.length - 1;
    expect(await verified()).toMatchObject({
      differ: 0,
      seals: {
        hold,
        broken: 1,
        first: { from, to, differences: [expect.stringMatching(/^digest: sealed 0{64}/)] },
      },
    });
    changed(facts[1]!, { count: count + 1 });
    expect((await verified()).seals.first).toEqual({
      from,
      to,
      differences: [`count: sealed ${count + 1}, recomputed ${count}`],
    });
  });

  test('notices what is decided otherwise now, though the records were rebuilt to agree', async () => {
    await sealed();
    const strict = (definition: RuleSet): RuleSet => ({
      ...definition,
      thresholds: { ...definition.thresholds, decline: 30 },
    });
    const other = (definition: RuleSet, version: RuleSetVersion) => compile(strict(definition), version);
    const { store, risk } = world;
    const told = await verify({ store, risk, compile: other });
    expect(told.differ).toBeGreaterThan(0);
    expect(told.first!.differences[0]).toMatch(/^decision: recorded "review", recomputed "decline"/);
    await replay({ store, risk, rebuild: risk.rebuild(), compile: other });
    const rebuilt = await verify({ store, risk, compile: other });
    expect(rebuilt.seals.broken).toBeGreaterThan(0);
    expect(rebuilt.seals.first).toEqual(told.seals.first);
  });
});

describe('verify, of seals and a history that changed,', () => {
  test('notices an amount that was changed where it is stored, though the records were rebuilt to agree', async () => {
    await sealed();
    const { store, risk } = world;
    const paid = store.facts.find(({ type, position }) => type === 'TransactionSubmitted' && position > 8)!;
    const data = JSON.parse(paid.data);
    paid.data = JSON.stringify({ ...data, amountBaseMinor: data.amountBaseMinor + 1 });
    expect((await verified()).first).toMatchObject({ position: paid.position });
    await replay({ store, risk, rebuild: risk.rebuild(), compile });
    const { seals } = await verified();
    expect(seals.first!.from).toBeLessThan(paid.position);
    expect(seals.first!.to).toBeGreaterThanOrEqual(paid.position);
  });

  test('notices a seal that is missing, and leaves alone those of what is not recorded again yet', async () => {
    const restore = world.risk.backup();
    for (let i = 0; i < 12; i++) world.pay('a');
    await world.settle();
    const facts = await sealed();
    const [first, second] = facts.map(({ data }) => JSON.parse(data) as DecisionsSealed);
    changed(facts[1]!, { from: second!.from + 1 });
    expect((await verified()).seals.first!.differences).toContain(
      `the seal begins at ${second!.from + 1}, the one before it ends at ${first!.to}`,
    );
    changed(facts[1]!, { from: second!.from });
    restore();
    const { seals } = await verified();
    expect(seals).toMatchObject({ broken: 0, first: null });
    expect(seals.ahead).toBeGreaterThan(0);
    expect(seals.hold + seals.ahead).toBe(facts.length);
  });

  test('refuses a seal of a newer version', async () => {
    const [seal] = await sealed();
    seal!.schemaVersion = 2;
    await expect(verified()).rejects.toThrow(UnknownSchemaVersion);
  });
});
