import { expect, test } from '@jest/globals';
import { parseRuleSet } from './rule-set-parse.ts';
import { ruleSetFromJson } from './rule-set-stored.ts';
import { UnknownSemantics } from './semantics.ts';

function stored(): Record<string, unknown> {
  const parsed = parseRuleSet(`
name: small
features: { count_1h: { aggregate: count, window: 1h, where: has(country) } }
rules: [{ id: a, when: count_1h > 3, points: 60, reason: A }]
thresholds: { review: 50, decline: 80 }
`);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return JSON.parse(JSON.stringify(parsed.ruleSet));
}

test('what was published comes back as it was', () => {
  expect(ruleSetFromJson(stored())).toEqual(stored());
});

test.each([2, 0, '1', null, undefined])('semantics %s are refused by name', (semantics) => {
  expect(() => ruleSetFromJson({ ...stored(), semantics })).toThrow(UnknownSemantics);
});

test('what is no rule set is refused, and where', () => {
  expect(() => ruleSetFromJson(null)).toThrow('is no object');
  expect(() => ruleSetFromJson({ semantics: 1 })).toThrow('damaged at name');
  const rules = [
    { id: 'a', when: { source: 'x', tree: { kind: 'eval' } }, points: 1, reason: 'A', description: null },
  ];
  expect(() => ruleSetFromJson({ ...stored(), rules })).toThrow('damaged at rules.0.when.tree');
});
