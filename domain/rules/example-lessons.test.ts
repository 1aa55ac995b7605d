import { describe, expect, test } from '@jest/globals';
import { runExamples } from '../scoring/run-examples.ts';
import type { RuleSet } from './rule-set.ts';
import { parseRuleSet } from './rule-set-parse.ts';

const RULES = `name: learning
features:
  own: { aggregate: count, window: 30d, where: 'label == "fraud"' }
  shop: { aggregate: count, window: 30d, per: merchant, where: 'label == "fraud"' }
  declined: { aggregate: count, window: 30d, where: 'outcome == "declined"' }
  kept: { aggregate: sum, window: 30d, where: 'not coalesce(reversed, false)' }
rules:
  - { id: shop, when: shop >= 1, points: 60, reason: SHOP }
thresholds: { review: 50, decline: 80 }
tests:
  - name: x
    given:
`;

const payment = (day: number, more = '') =>
  `{ merchantId: m, amountMinor: 100, currency: EUR, occurredAt: '2026-03-0${day}T12:00:00Z'${more} }`;

const sourceOf = (entries: readonly string[], then = '{ score: 0 }') =>
  `${RULES}${entries.map((entry) => `      - ${entry}\n`).join('')}    then: ${then}\n`;

function parsed(entries: readonly string[], then?: string): RuleSet {
  const result = parseRuleSet(sourceOf(entries, then));
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
}

/** `line:column path: problem (suggestion)`; the first entry stands in line 13. */
function problemsOf(entries: readonly string[]): string[] {
  const result = parseRuleSet(sourceOf(entries));
  if ('ruleSet' in result) return [];
  return result.problems.map(({ line, column, path, problem, suggestion }) => {
    const why = suggestion === null ? '' : ` (${suggestion})`;
    return `${line}:${column} ${path.replace('tests[0].', '')}: ${problem}${why}`;
  });
}

/** own shop declined kept, as the last transaction saw them. */
const windowsAfter = (...entries: string[]) => runExamples(parsed(entries))[0]!.decision.features;

describe('what an example learns of its transactions', () => {
  test('is nothing where it says nothing', () => {
    expect(windowsAfter(payment(1), payment(2), payment(3))).toEqual([0, 0, 0, 300]);
  });

  test('a label counts for the account and the merchant from its place on', () => {
    expect(windowsAfter(payment(1), '{ learn: t1, label: fraud }', payment(2))).toEqual([1, 1, 0, 200]);
    expect(windowsAfter(payment(1), '{ learn: t1, label: fraud }', payment(2, ', accountId: other'))).toEqual(
      [0, 1, 0, 100],
    );
  });

  test('a decision before it does not see it', () => {
    const ruleSet = parsed(
      [payment(1), payment(2), '{ learn: t1, label: fraud }', payment(3)],
      '{ decision: review, reasons: [SHOP], score: 60 }',
    );
    expect(runExamples(ruleSet)[0]!.mismatches).toEqual([]);
    const without = parsed([payment(1), payment(2)], '{ decision: review }');
    expect(runExamples(without)[0]!.mismatches).toEqual(['decision is approve, expected review']);
  });

  test('the latest counts', () => {
    const labels = ['{ learn: t1, label: fraud }', '{ learn: t1, label: genuine }'];
    expect(windowsAfter(payment(1), ...labels, payment(2))).toEqual([0, 0, 0, 200]);
    expect(windowsAfter(payment(1), ...labels.toReversed(), payment(2))).toEqual([1, 1, 0, 200]);
  });

  test('outcome and reversal, several at once, of transactions that are repeated, too', () => {
    expect(
      windowsAfter(
        payment(1, ', repeat: 3, every: 1h'),
        '{ learn: t2, outcome: declined }',
        '{ learn: t3, label: fraud, reversed: true }',
        payment(3),
      ),
    ).toEqual([1, 1, 1, 300]);
  });

  test('of the account that it names, where several have the transaction', () => {
    const both = [
      payment(1, ', accountId: a, transactionId: same'),
      payment(1, ', accountId: b, transactionId: same'),
    ];
    const fromA = (lesson: string) => windowsAfter(...both, lesson, payment(2, ', accountId: a'));
    expect(fromA('{ learn: same, accountId: a, label: fraud }')).toEqual([1, 1, 0, 200]);
    expect(fromA('{ learn: same, accountId: b, label: fraud }')).toEqual([0, 1, 0, 200]);
  });
});

/** Of an entry that stands second of three. */
const FAULTS: [string[], string | RegExp][] = [
  [
    ['{ learn: t7, label: fraud }'],
    '14:18 given[1].learn: "t7" is no earlier transaction of this example (did you mean "t1"?)',
  ],
  [
    ['{ learn: charge, label: fraud }'],
    '14:18 given[1].learn: "charge" is no earlier transaction of this example (those without a transactionId are t1, t2, … in their order, lessons not counted)',
  ],
  [
    ['{ learn: t2, label: fraud }'],
    '14:18 given[1].learn: is of a transaction further down: t2 (put it after that one)',
  ],
  [
    ['{ learn: t1, accountId: other, label: fraud }'],
    /^14:18 given\[1\]\.learn: "t1" is no earlier transaction of account other of this example/,
  ],
  [
    ['{ learn: t1, label: fruad }'],
    '14:29 given[1].label: must be one of fraud, genuine, not "fruad" (did you mean "fraud"?)',
  ],
  [
    ['{ learn: t1, outcome: refused }'],
    /^14:31 given\[1\]\.outcome: must be one of authorised, declined, not "refused"/,
  ],
  [['{ learn: t1, reversed: false }'], '14:32 given[1].reversed: must be true, not false'],
  [
    ['{ learn: t1 }'],
    '14:9 given[1]: says nothing of transaction t1 (give at least one of label, outcome, reversed)',
  ],
  [['{ label: fraud }'], /^14:9 given\[1\]\.learn: is missing/],
  [['{ learn: 1, label: fraud }'], /^14:18 given\[1\]\.learn: must be a text, not 1$/],
  [['{ learn: t1, label: fraud, amountMinor: 5 }'], /^14:36 given\[1\]\.amountMinor: is no key of this part/],
];

describe('a fault of what is learnt is told with its place', () => {
  test.each(FAULTS)('%j', (lessons, expected) => {
    const problems = problemsOf([payment(1), ...lessons, payment(2)]);
    expect(problems).toHaveLength(1);
    if (typeof expected === 'string') expect(problems[0]).toBe(expected);
    else expect(problems[0]).toMatch(expected);
  });

  test('one that is written into its transaction', () => {
    expect(problemsOf([payment(1, ', label: fraud'), payment(2)])).toEqual([
      expect.stringMatching(/^13:\d+ given\[0\]\.label: is no key of this part/),
    ]);
  });

  test('one that nothing follows', () => {
    expect(problemsOf([payment(1), '{ learn: t1, label: fraud }'])).toEqual([
      '14:9 given[1]: stands after the last transaction, which no decision sees (put it before the transaction that shall see it)',
    ]);
  });

  test('one that could be of several', () => {
    const lesson = '{ learn: same, label: fraud }';
    const same = (account: string) => payment(1, `, accountId: ${account}, transactionId: same`);
    expect(problemsOf([same('a'), same('b'), lesson, payment(2)])).toEqual([
      '15:18 given[2].learn: is of several accounts: a, b (say accountId, too)',
    ]);
    expect(problemsOf([same('a'), same('a'), lesson, payment(2)])).toEqual([
      '15:18 given[2].learn: names 2 transactions of the account (give each an id of its own)',
    ]);
  });

  test('a fault of a transaction is told, and none that would only follow from it', () => {
    expect(problemsOf([payment(1, ', repeat: 0'), '{ learn: t1, label: fraud }', payment(2)])).toEqual([
      expect.stringMatching(/^13:\d+ given\[0\]\.repeat: must be at least 1/),
    ]);
  });
});
