import { expect, test } from '@jest/globals';
import { ruleSetStream } from '../domain/facts.ts';
import { UnknownSemantics } from '../domain/rules/semantics.ts';
import { RuleSetTimeline } from './rule-set-timeline.ts';
import { ScoringPlans, UnpublishedRuleSet } from './scoring-plans.ts';
import { published, ruleSetOf } from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { compileWindows, WINDOW_RULES } from './test-support/window-rules.ts';

const rules = WINDOW_RULES[0]!;
const { name } = rules;

function world(versions: number) {
  const store = new MemoryEventStore();
  const stream = ruleSetStream(name);
  for (let version = 1; version <= versions; version++) store.appendAny(stream, [published(rules, version)]);
  // It has nothing else to read by: history is not gone through.
  const streams = { readStream: store.readStream.bind(store) };
  const plans = new ScoringPlans(new RuleSetTimeline(), streams, compileWindows);
  return { store, plans, stream };
}

test('a version is found in the stream of its rule set, however many came before', async () => {
  const { plans } = world(250);
  expect((await plans.planOf({ name, version: 243 }, 243)).ruleSet).toEqual({ name, version: 243 });
});

test('a version that was published later, or never, is refused', async () => {
  const { plans } = world(3);
  await expect(plans.planOf({ name, version: 3 }, 2)).rejects.toThrow(UnpublishedRuleSet);
  await expect(plans.planOf({ name, version: 4 }, 9)).rejects.toThrow(UnpublishedRuleSet);
  await expect(plans.planOf({ name: 'other', version: 1 }, 9)).rejects.toThrow(UnpublishedRuleSet);
});

test('one whose meaning this version does not know is refused', async () => {
  const { store, plans, stream } = world(1);
  store.appendAny(stream, [published({ ...ruleSetOf(name, 'x'), semantics: 2 as 1 }, 2)]);
  await expect(plans.planOf({ name, version: 2 }, 2)).rejects.toThrow(UnknownSemantics);
});
