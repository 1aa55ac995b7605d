import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { groupingOf } from '../alert-grouping.ts';
import type { Decision } from '../decision.ts';
import { DecisionSum } from '../decision-sum.ts';
import { scoringPlan } from '../risk-fold.ts';
import { parseRuleSet } from '../rules/rule-set-parse.ts';
import type { Transaction } from '../transaction.ts';

/** @param shadow whether the two further rules are shadows; without it they are left out, or decide */
function decideAll(payments: readonly Payment[], shadow: 'shadow' | 'deciding' | 'none', scores: boolean) {
  const further = `
  - { id: many, when: count_1h >= 3, points: 60, reason: MANY, shadow: true, coolDown: 1h }
  - { id: far, when: amountMinor > 2 * usual, points: 50, reason: FAR, shadow: true }`;
  const source = `name: small
features:
  count_1h: { aggregate: count, window: 1h }
  usual: { aggregate: mean, window: 1h, prior: true }
rules:
  - { id: large, when: amountMinor >= 50, points: 55, reason: LARGE }${shadow === 'none' ? '' : further}
${scores ? 'scores: { pace: 10 * count_1h, jump: amountMinor / usual, odds: log(amountMinor) }' : ''}
thresholds: { review: 50, decline: 80 }`;
  const parsed = parseRuleSet(shadow === 'deciding' ? source.replaceAll(', shadow: true', '') : source);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const plan = scoringPlan(parsed.ruleSet, { name: 'small', version: 1 });
  const state = plan.open();
  const decisions = payments.map(({ minute, amountMinor }, i): Decision => {
    const occurredAt = new Date(Date.UTC(2026, 2, 1) + minute * 60_000).toISOString();
    const transaction: Transaction = {
      transactionId: `t${i}`,
      accountId: 'a',
      amountMinor,
      currency: 'EUR',
      occurredAt,
    };
    const submitted = {
      transaction,
      amountBaseMinor: amountMinor,
      ratesVersion: null,
      receivedAtMs: 0,
      origin: 'live' as const,
    };
    return plan.apply(state, submitted, i, i + 1);
  });
  return { decisions, ruleSet: parsed.ruleSet };
}

interface Payment {
  minute: number;
  amountMinor: number;
}

const payments = fc.array(fc.record({ minute: fc.nat(200), amountMinor: fc.nat(100) }), { maxLength: 30 });
const without = ({ beside: _, ...decision }: Decision) => decision;

test('shadow rules and named scores change nothing of what is decided', () => {
  fc.assert(
    fc.property(payments, (all) => {
      const plain = decideAll(all, 'none', false).decisions;
      const { decisions, ruleSet } = decideAll(all, 'shadow', true);
      expect(decisions.map(without)).toEqual(plain);
      expect(plain.some((decision) => 'beside' in decision)).toBe(false);
      for (const decision of decisions) expect(groupingOf(ruleSet, decision)).toBeUndefined();
    }),
  );
});

test('a shadow rule is met where it would have been met deciding; a score is its expression, null where missing', () => {
  let met = 0;
  fc.assert(
    fc.property(payments, (all) => {
      const { decisions } = decideAll(all, 'shadow', true);
      const deciding = decideAll(all, 'deciding', false).decisions;
      for (const [i, { beside, features }] of decisions.entries()) {
        const [count, usual] = features as [number, number | null];
        const { amountMinor } = all[i]!;
        const hits = deciding[i]!.hits.map(({ rule }) => rule).filter((rule) => rule !== 'large');
        expect(beside!.shadowHits).toEqual(hits);
        met += hits.length;
        expect(beside!.scores).toEqual({
          pace: 10 * count,
          jump: usual === null || usual === 0 ? null : amountMinor / usual,
          odds: amountMinor === 0 ? null : expect.closeTo(Math.log(amountMinor), 12),
        });
      }
    }),
  );
  expect(met).toBeGreaterThan(10);
});

test('what is recorded beside is sealed with the decision', () => {
  const sum = (decision: Decision) => {
    const decisions = new DecisionSum();
    decisions.add(decision);
    return decisions.summed.digest;
  };
  const [decision] = decideAll([{ minute: 0, amountMinor: 5 }], 'shadow', true).decisions as [Decision];
  const { scores } = decision.beside!;
  const others = [
    without(decision),
    { ...decision, beside: { scores, shadowHits: ['far'] } },
    { ...decision, beside: { shadowHits: [], scores: { ...scores, pace: 11 } } },
  ];
  expect(new Set([decision, ...others].map(sum)).size).toBe(4);
});
