import { scoringPlan } from '../../domain/risk-fold.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import type { Compile } from '../scoring-plans.ts';

const FEATURES = `
features:
  count_2d: { aggregate: count, window: 2d }
  sum_9d: { aggregate: sum, window: 9d }
  spread_9d: { aggregate: stddev, window: 9d, prior: true }
  most_to_yesterday: { aggregate: max, window: 5d, delay: 1d }
  devices_9d: { aggregate: distinct, of: deviceId, window: 9d }
  devices_ever: { aggregate: distinct, of: deviceId, window: lifetime }
  new_device: { aggregate: firstSeen, of: deviceId }
  pause: { aggregate: sinceLast }
  before: { aggregate: count, window: lifetime, prior: true }`;

const rules = (thresholds: string) => `
rules:
  - { id: new_device, when: new_device and before > 3, points: 40, reason: NEW_DEVICE }
  - { id: often, when: count_2d >= 4, points: 30, reason: OFTEN }
  - { id: much, when: sum_9d > 60 and spread_9d > 2, points: 30, reason: MUCH }
thresholds: ${thresholds}`;

/** Real rule sets over real windows: the first two hold the same columns, the third others. */
export const WINDOW_RULES: RuleSet[] = [
  parsed(`name: strict${FEATURES}${rules('{ review: 30, decline: 60 }')}`),
  parsed(`name: mild${FEATURES}${rules('{ review: 60, decline: 90 }')}`),
  parsed(`name: short
features:
  sum_1d: { aggregate: sum, window: 1d }
rules:
  - { id: much, when: sum_1d > 20, points: 50, reason: MUCH }
thresholds: { review: 50, decline: 90 }`),
];

/** With little lateness, so that late transactions reach back past what is kept. */
export const compileWindows: Compile = (definition, version) =>
  scoringPlan(definition, version, { latenessMs: 86_400_000 });

function parsed(source: string): RuleSet {
  const result = parseRuleSet(source);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
}
