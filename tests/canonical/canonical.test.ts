import { describe, expect, test } from '@jest/globals';
import { FUNCTIONS } from '../../domain/rules/expression-types.ts';
import { AGGREGATES } from '../../domain/rules/feature-check.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import { ruleSetFromJson } from '../../domain/rules/rule-set-stored.ts';
import { type CanonicalDecision, decide } from './decide.ts';
import { differenceFrom } from './difference.ts';
import { type Expectation, readExpectation } from './expectation.ts';
import { type CanonicalCase, canonicalCases, type History, readHistory, readRules } from './history.ts';

const cases = canonicalCases();

function sealed(one: CanonicalCase): Expectation {
  const expectation = readExpectation(one);
  if (expectation !== undefined) return expectation;
  throw new Error(`${one.name} has no seal: run node tests/canonical/write.ts`);
}

function parsed(source: string): RuleSet {
  const result = parseRuleSet(source);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
}

describe.each(cases.map((one) => [one.name, one] as const))('canonical history %s', (_name, one) => {
  const history = readHistory(one);

  test('is decided as it was sealed, by the rule set as it was stored then', () => {
    const expectation = sealed(one);
    const decisions = decide(ruleSetFromJson(expectation.ruleSet), history);
    expect(differenceFrom(expectation, history, decisions)).toBeNull();
  });

  test('and by its source as it is read now', () => {
    expect(differenceFrom(sealed(one), history, decide(parsed(readRules(one)), history))).toBeNull();
  });
});

test('canonical histories know every aggregate and every function of rules', () => {
  const sources = cases.map(readRules).join('\n');
  // For a new one: a rule set of its own beside a history, then `node tests/canonical/write.ts`.
  expect(AGGREGATES.filter((name) => !new RegExp(`aggregate: ${name}\\b`).test(sources))).toEqual([]);
  expect([...FUNCTIONS.keys()].filter((name) => !sources.includes(`${name}(`))).toEqual([]);
});

describe('a change shows as the first transaction that it decides otherwise', () => {
  const one = cases.find(({ name }) => name === 'accounts/points')!;
  const expectation = sealed(one);
  const history = readHistory(one);
  const source = readRules(one);

  /** The first decision that differs, found without the code under test. */
  const firstOther = (decisions: readonly CanonicalDecision[]) =>
    expectation.decisions.findIndex((was, i) => JSON.stringify(was) !== JSON.stringify(decisions[i]));

  function withAmountChanged(at: number): History {
    const transaction = JSON.parse(history.transactions[at]!);
    const changed = JSON.stringify({ ...transaction, amountMinor: transaction.amountMinor + 1 });
    return { ...history, transactions: history.transactions.with(at, changed) };
  }

  test('one amount, by one minor unit', () => {
    const at = history.transactions.findIndex(
      (line, i) => i > 700 && line.includes('"EUR"') && history.transactions.indexOf(line) === i,
    );
    const { transactionId, accountId, amountMinor } = JSON.parse(history.transactions[at]!);
    const changed = withAmountChanged(at);
    const decisions = decide(parsed(source), changed);
    const number = expectation.decisions.findIndex((each) => each.transactionId === transactionId) + 1;
    const told = differenceFrom(expectation, changed, decisions)!;
    expect(firstOther(decisions)).toBe(number - 1);
    expect(told).toMatch(
      `decision ${number}, transaction ${transactionId} of account ${accountId}: feature sum_24h was `,
    );
    const was = expectation.decisions[number - 1]!.features.sum_24h as number;
    expect(amountMinor).toBeLessThanOrEqual(was);
    expect(told).toContain(`feature sum_24h was ${was}, is ${was + 1}`);
    expect(told).toMatch(
      /; decisions of 1 of 40 accounts differ; the transactions are not those that were sealed$/,
    );
  });

  test('one constant of one rule', () => {
    const decisions = decide(parsed(source.replace('count_1h >= 3', 'count_1h >= 4')), history);
    const first = expectation.decisions.find(({ features }) => features.count_1h === 3)!;
    const told = differenceFrom(expectation, history, decisions)!;
    expect(told).toMatch(
      new RegExp(`^decision \\d+, transaction ${first.transactionId} of account ${first.accountId}: `),
    );
    expect(told).toContain(`score was ${first.score}, is ${first.score! - 12.5}`);
    expect(told).toContain('{"rule":"velocity","points":12.5,"reason":"VELOCITY"}');
    expect(told).not.toContain('feature ');
    expect(told).toMatch(/; decisions of \d+ of 40 accounts differ$/);
  });

  test('a label that is missing', () => {
    const changed = { ...history, labels: history.labels.slice(1) };
    const told = differenceFrom(expectation, changed, decide(parsed(source), changed))!;
    expect(told).toContain('the labels are not those that were sealed');
  });

  test('decisions that are no more, and a seal that is not of the decisions kept with it', () => {
    const { decisions } = expectation;
    const last = decisions.at(-1)!;
    expect(differenceFrom(expectation, history, decisions.slice(0, -1))).toMatch(
      `decision ${decisions.length}, transaction ${last.transactionId} of account ${last.accountId}, is not made any more`,
    );
    const broken = { ...expectation, seal: { ...expectation.seal, digest: '0'.repeat(64) } };
    expect(differenceFrom(broken, history, decisions)).toBe(
      'the decisions that are kept are not those that were sealed',
    );
  });
});
