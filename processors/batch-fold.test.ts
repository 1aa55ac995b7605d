import { expect, test } from '@jest/globals';
import type { Decision } from '../domain/decision.ts';
import { BrokenOrder } from '../domain/risk-fold.ts';
import { BatchFold, type StampedFact } from './batch-fold.ts';
import { Exclusions } from './exclusions.ts';
import { RuleSetTimeline } from './rule-set-timeline.ts';
import { ScoringPlans, UnpublishedRuleSet } from './scoring-plans.ts';
import { compileWindows, WINDOW_RULES } from './test-support/window-rules.ts';
import { World } from './test-support/world.ts';

function foldOf(world: World, budgetEvents = 1e6) {
  const plans = new ScoringPlans(new RuleSetTimeline(), world.store, compileWindows);
  const fold = new BatchFold({
    store: world.store,
    snapshots: world.risk,
    plans,
    exclusions: new Exclusions(),
    budgetEvents,
  });
  const facts: StampedFact[] = world.store.facts
    .filter(({ stream }) => stream.startsWith('account-'))
    .map((fact) => ({ fact, ruleSet: { name: 'strict', version: 1 }, stamps: [] }));
  const decisions: Decision[] = [];
  return {
    fold,
    facts,
    decisions,
    run: (some = facts) => fold.fold(some, ({ decision }) => decisions.push(decision)),
  };
}

function paying(...accounts: string[]): World {
  const world = new World();
  world.activate(WINDOW_RULES[0]!);
  for (const account of accounts) world.pay(account);
  return world;
}

test('what an account has had already changes nothing', async () => {
  const { run, facts, decisions, fold } = foldOf(paying('a', 'b', 'a', 'a'));
  await run(facts.slice(0, 3));
  await run();
  expect(decisions.map(({ position }) => position)).toEqual([3, 4, 5, 6]);
  expect(fold.repeats).toBe(3);
});

test('a fact that is not the next one of its account stops it, and what came before has been decided', async () => {
  const { run, facts, decisions, fold } = foldOf(paying('a', 'a', 'a', 'a'));
  await expect(run([facts[0]!, facts[1]!, facts[3]!])).rejects.toThrow(BrokenOrder);
  expect(decisions.map(({ position }) => position)).toEqual([3, 4]);
  expect(fold.position).toBe(4);
});

test('decides the same whatever fits into memory', async () => {
  const world = paying(...Array.from({ length: 60 }, (_, i) => `${i % 7}`));
  const roomy = foldOf(world);
  const tight = foldOf(world, 0);
  await roomy.run();
  for (const fact of tight.facts) await tight.run([fact]);
  expect(tight.decisions).toEqual(roomy.decisions);
  expect([roomy.fold.accounts.size, tight.fold.accounts.size]).toEqual([7, 0]);
});

test('a rule set that is in force but was not published stops it', async () => {
  const { run, facts } = foldOf(paying('a'));
  const strange = [{ ...facts[0]!, ruleSet: { name: 'strict', version: 7 } }];
  await expect(run(strange)).rejects.toThrow(UnpublishedRuleSet);
});
