import { expect, test } from '@jest/globals';
import { ruleSetDifference } from './rule-set-difference.ts';
import { parseRuleSet } from './rule-set-parse.ts';

const SOURCE = `name: cards
description: one
fields: { basketSize: number }
features:
  count_1h: { aggregate: count, window: 1h, where: 'channel == "atm"' }
  gone: { aggregate: sum, window: 24h }
rules:
  - { id: velocity_1h, when: count_1h >= 10, points: 50, reason: VELOCITY }
  - { id: basket, when: basketSize > 5, points: 10, reason: BASKET }
  - { id: sum, when: gone > 5, points: 10, reason: SUM }
thresholds: { review: 50, decline: 80 }
`;

function ruleSet(source: string) {
  const parsed = parseRuleSet(source);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.ruleSet;
}

function difference(...changes: [string, string][]) {
  const changed = changes.reduce((source, [from, to]) => {
    expect(source).toContain(from);
    return source.replace(from, to);
  }, SOURCE);
  return ruleSetDifference(ruleSet(SOURCE), ruleSet(changed));
}

test.each<[[string, string][], string[]]>([
  [[['points: 50', 'points: 60']], ['rule velocity_1h: points: 50 -> 60']],
  [[['>= 10', '>= 12']], ['rule velocity_1h: when: count_1h >= 10 -> count_1h >= 12']],
  [
    [['reason: BASKET', 'reason: BASKET, shadow: true, coolDown: 90m']],
    ['rule basket: shadow: none -> true', 'rule basket: coolDown: none -> 90m'],
  ],
  [
    [['window: 1h', 'window: 2h, per: merchant']],
    ['feature count_1h: window: 1h -> 2h', 'feature count_1h: per: account -> merchantId'],
  ],
  [
    [['channel == "atm"', 'channel == "other"']],
    ['feature count_1h: where: channel == "atm" -> channel == "other"'],
  ],
  [[['review: 50', 'review: 55']], ['thresholds review: 50 -> 55']],
  [[['basketSize: number', 'basketSize: number, vip: boolean']], ['field vip: added, type boolean']],
  [
    [
      ['  gone: { aggregate: sum, window: 24h }\n', '  fresh: { aggregate: firstSeen, of: deviceId }\n'],
      [
        '  - { id: sum, when: gone > 5, points: 10, reason: SUM }',
        '  - { id: fresh, when: fresh, points: 5, reason: FRESH }',
      ],
    ],
    [
      'feature gone: removed',
      expect.stringMatching(/^feature fresh: added, aggregate firstSeen, of deviceId/) as never,
      'rule sum: removed',
      'rule fresh: added, when fresh, points 5, reason FRESH',
    ],
  ],
  [
    [['thresholds', 'score: 2 * count_1h\nscores: { pace: count_1h }\nalerts: { group: 24h }\nthresholds']],
    ['score: none -> 2 * count_1h', 'score pace: added, value count_1h', 'alerts group: none -> 1d'],
  ],
  [
    [
      ['description: one', 'description: two'],
      ['{ review: 50', '{   review: 50'],
    ],
    [],
  ],
])('%j', (changes, lines) => {
  expect(difference(...changes)).toEqual(lines);
});

test('another order of rules is told, for reasons are given in it', () => {
  const [first, second] = SOURCE.split('\n').filter((line) => line.includes('- { id')) as [string, string];
  const swapped = SOURCE.replace(first, 'X').replace(second, first).replace('X', second);
  expect(ruleSetDifference(ruleSet(SOURCE), ruleSet(swapped))).toEqual([
    'rules: in another order: basket, velocity_1h, sum',
  ]);
});
