import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../domain/decision.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { exampleMismatches } from '../../domain/rules/rule-example.ts';
import type { RuleExample, RuleSet } from '../../domain/rules/rule-set.ts';
import { parseRuleSet } from '../../domain/rules/rule-set-parse.ts';
import { decisionOf } from '../../domain/scoring/run-examples.ts';

const source = readFileSync(new URL('card-payments.yaml', import.meta.url), 'utf8');

function checked(): RuleSet {
  const parsed = parseRuleSet(source);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.ruleSet;
}

const ruleSet = checked();
const plan = scoringPlan(ruleSet, { name: ruleSet.name, version: 1 });

const lastDecision = (example: RuleExample): Decision => decisionOf(plan, example);

describe('the default rules', () => {
  test.each(ruleSet.examples.map((example) => [example.name, example] as const))('%s', (_name, example) => {
    expect(exampleMismatches(example, lastDecision(example))).toEqual([]);
  });

  test('each has an example in which it is met', () => {
    const met = new Set(
      ruleSet.examples.flatMap((example) => lastDecision(example).hits.map(({ rule }) => rule)),
    );
    expect(ruleSet.rules.map(({ id }) => id).filter((id) => !met.has(id))).toEqual([]);
  });

  test('an example that expects something else fails', () => {
    const [example] = ruleSet.examples;
    // biome-ignore lint/suspicious/noThenProperty: a word of the examples
    const wrong = { ...example!, then: { decision: 'decline', reasons: ['STRUCTURING'], score: 99 } };
    expect(exampleMismatches(wrong, lastDecision(wrong))).toEqual([
      'decision is approve, expected decline',
      'reasons are [], expected [STRUCTURING]',
      'score is 0, expected 99',
    ]);
  });

  test('no transaction without the optional fields meets any of them', () => {
    const bare = {
      amountMinor: 100,
      currency: 'EUR',
      occurredAt: '2026-02-20T12:00:00Z',
      transactionId: 't',
      accountId: 'a',
    };
    const example = { name: 'bare', given: [{ ...bare, amountBaseMinor: null }], ...outcome };
    expect(lastDecision(example)).toMatchObject({ decision: 'approve', score: 0, hits: [] });
  });
});

// biome-ignore lint/suspicious/noThenProperty: a word of the examples
const outcome = { then: { decision: null, reasons: null, score: null } };
