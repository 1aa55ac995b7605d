import { describe, expect, test } from '@jest/globals';
import { scoringPlan } from '../risk-fold.ts';
import { runExamples } from '../scoring/run-examples.ts';
import { parseRuleSet } from './rule-set-parse.ts';

const RULES = `name: lists
fields: { till: string, size: number }
features:
  own: { aggregate: count, window: 1d }
  bad: { aggregate: listed, list: bad-shops, of: merchantId }
  far: { aggregate: listed, list: far, of: country }
rules:
  - { id: bad, when: bad, points: 60, reason: BAD }
  - { id: far, when: far, points: 20, reason: FAR }
thresholds: { review: 50, decline: 80 }
`;

const payment = (day: number, more = '') =>
  `{ merchantId: m, amountMinor: 100, currency: EUR, occurredAt: '2026-03-0${day}T12:00:00Z'${more} }`;

const withExample = (entries: readonly string[], then: string) =>
  `${RULES}tests:\n  - name: x\n    given:\n${entries.map((entry) => `      - ${entry}\n`).join('')}    then: ${then}\n`;

function problemsOf(source: string): string[] {
  const result = parseRuleSet(source);
  if ('ruleSet' in result) return [];
  return result.problems.map(({ path, problem, suggestion }) => {
    return `${path}: ${problem}${suggestion === null ? '' : ` (${suggestion})`}`;
  });
}

/** own bad far, as the last transaction saw them. */
function seenBy(...entries: string[]) {
  const result = parseRuleSet(withExample(entries, '{ score: 0 }'));
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return runExamples(result.ruleSet)[0]!.decision.features;
}

describe('an example puts values on lists', () => {
  test('that are empty before', () => {
    expect(seenBy(payment(1))).toEqual([1, false, null]);
  });

  test('from its place on, until it takes them off', () => {
    const put = '{ list: bad-shops, add: m }';
    const takenOff = '{ list: bad-shops, remove: [m, other] }';
    expect(seenBy(put, payment(1, ', country: DE'))).toEqual([1, true, false]);
    expect(seenBy(put, takenOff, payment(1))).toEqual([1, false, null]);
    expect(seenBy(put, takenOff, put, payment(1))).toEqual([1, true, null]);
    expect(seenBy('{ list: far, add: [NG, DE] }', payment(1, ', country: DE'))).toEqual([1, false, true]);
  });

  test('until they expire, by the time that transactions occurred', () => {
    const until = (day: number) => `{ list: bad-shops, add: m, expiresAt: '2026-03-0${day}T12:00:00Z' }`;
    expect(seenBy(until(3), payment(2))).toEqual([1, true, null]);
    expect(seenBy(until(3), payment(3))).toEqual([1, false, null]);
    // One that comes late still sees it.
    expect(seenBy(until(3), payment(4), payment(2))).toEqual([1, true, null]);
    expect(seenBy(until(5), until(3), payment(4))).toEqual([1, false, null]);
  });

  test.each([
    ['{ list: bad-shop, add: m }', 'list: "bad-shop" is asked by no feature (did you mean "bad-shops"?)'],
    ['{ list: bad-shops }', ': changes nothing (give add or remove)'],
    [
      '{ list: far, add: Germany }',
      'add: is no country: it must be an ISO 3166-1 alpha-2 code in upper case such as "DE"',
    ],
    [
      '{ list: bad-shops, remove: m, expiresAt: "2026-03-01T00:00:00Z" }',
      'expiresAt: is of what is added (leave it out)',
    ],
  ])('what is wrong with %s is said', (entry, problem) => {
    const [first] = problemsOf(withExample([entry, payment(1)], '{ score: 0 }'));
    expect(first).toBe(`tests[0].given[0]${problem.startsWith(':') ? '' : '.'}${problem}`);
  });
});

describe('a feature that asks a list', () => {
  const withFeature = (feature: string) => RULES.replace('features:\n', `features:\n  f: ${feature}\n`);

  test('may be of an attribute of text, and of any list', () => {
    expect(problemsOf(withFeature('{ aggregate: listed, list: tills, of: till }'))).toEqual([]);
  });

  test.each([
    ['{ aggregate: listed, of: merchantId }', 'list: is missing (name the list, as in list: bad-merchants)'],
    ['{ aggregate: listed, list: x }', 'of: is missing (say which field is looked up, as in of: merchantId)'],
    [
      '{ aggregate: listed, list: X y, of: till }',
      'list: must be 1 to 64 small letters, digits and "-", beginning with a letter',
    ],
    ['{ aggregate: listed, list: x, of: size }', 'of: must be a field of text, but size is a number'],
    [
      '{ aggregate: listed, list: x, of: merchantID }',
      'of: "merchantID" is no field of a transaction (did you mean "merchantId"?)',
    ],
    [
      '{ aggregate: listed, list: x, of: channel }',
      'of: lists are of accountId, merchantId, merchantCategory, merchantCountry, country, currency, counterpartyId, cardToken, deviceId, ipAddress, not of channel (compare it in the rule)',
    ],
    [
      '{ aggregate: listed, list: x, of: till, window: 1d }',
      'window: listed is of a list, not of events (leave it out)',
    ],
    [
      '{ aggregate: count, list: x, window: 1d }',
      'list: count has no list (to look a value up in a list, write aggregate: listed)',
    ],
  ])('%s is refused', (feature, problem) => {
    expect(problemsOf(withFeature(feature))).toEqual([`features.f.${problem}`]);
  });

  test('changes nothing that is kept of accounts and entities', () => {
    const planned = (source: string) => {
      const result = parseRuleSet(source);
      if ('problems' in result) throw new Error(JSON.stringify(result.problems));
      return result.ruleSet;
    };
    const without = planned(
      RULES.replace(/ {2}(bad|far): .*\n/g, '')
        .replace(/ {2}- .*\n/g, '  []\n')
        .replace('  []\n  []\n', '  []\n'),
    );
    const { hash, entities, lists } = scoringPlan(planned(RULES), { name: 'x', version: 1 });
    const plain = scoringPlan(without, { name: 'x', version: 1 });
    expect([hash, entities.hash]).toEqual([plain.hash, plain.entities.hash]);
    expect([lists.names, plain.lists.names]).toEqual([['bad-shops', 'far'], []]);
  });
});
