import { describe, expect, test } from '@jest/globals';
import { gathersAlerts, groupingOf } from './alert-grouping.ts';
import { SCORE_UNDEFINED } from './rules/rule-set.ts';
import { parseRuleSet } from './rules/rule-set-parse.ts';

function ruleSet(more: string) {
  const parsed = parseRuleSet(
    `name: cards
rules:
  - { id: burst, when: amountMinor > 1, points: 60, reason: BURST, COOL family: testing }
  - { id: tiny, when: amountMinor > 2, points: 20, reason: TINY, family: testing }
  - { id: known, when: amountMinor > 3, points: -10, reason: KNOWN }
  - { id: odd, when: amountMinor > 4, points: 5, reason: ODD }
thresholds: { review: 50, decline: 80 }
${more}`.replace(/COOL|family: testing/g, (word) =>
      more === '' ? '' : word === 'COOL' ? 'coolDown: 90m,' : word,
    ),
  );
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.ruleSet;
}

const hits = [
  { rule: 'burst', points: 60, reason: 'BURST' },
  { rule: 'tiny', points: 20, reason: 'TINY' },
  { rule: 'known', points: -10, reason: 'KNOWN' },
];
const suspected = { hits, reasons: ['BURST', 'TINY', 'KNOWN'] };

describe('what a rule set says of gathering a suspicion', () => {
  test('is nothing where it does not speak of alerts: what is stored stays to the byte what it was', () => {
    const silent = ruleSet('');
    expect(gathersAlerts(silent)).toBe(false);
    expect(groupingOf(silent, suspected)).toBeUndefined();
    expect(JSON.stringify(silent)).not.toMatch(/alerts|family|coolDown/);
  });

  test('goes by the rules that speak for suspicion', () => {
    expect(groupingOf(ruleSet('alerts: { group: 24h }'), suspected)).toEqual({
      groupMs: 86_400_000,
      families: ['testing'],
      coolDownsMs: { burst: 5_400_000, tiny: null },
    });
  });

  test('goes by all rules where a score expression weighs them', () => {
    const weighed = ruleSet('alerts: { group: 24h }\nscore: amountMinor');
    expect(groupingOf(weighed, suspected)!.families).toEqual(['testing', 'KNOWN']);
    const undefined_ = { hits: [], reasons: [SCORE_UNDEFINED] };
    expect(groupingOf(weighed, undefined_)).toMatchObject({ families: [SCORE_UNDEFINED], coolDownsMs: {} });
  });
});
