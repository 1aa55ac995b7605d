import { expect, test } from '@jest/globals';
import type { TransactionSubmitted } from '../facts.ts';
import { scoringPlan } from '../risk-fold.ts';
import { parseRuleSet } from '../rules/rule-set-parse.ts';
import { AccountWindows } from './account-windows.ts';

const RULES = `
name: hot
semantics: 1
features:
  count: { aggregate: count, window: 90d }
  spend: { aggregate: sum, of: amountBaseMinor, window: 1h }
  sd: { aggregate: stddev, of: amountBaseMinor, window: 90d }
  most: { aggregate: max, of: amountBaseMinor, window: 90d, prior: true }
  least: { aggregate: min, of: amountBaseMinor, window: 7d }
  merchants: { aggregate: distinct, of: merchantId, window: 24h }
  recent: { aggregate: mean, of: amountBaseMinor, window: { last: 100 } }
  today: { aggregate: max, of: amountBaseMinor, window: { calendar: day, zone: Europe/Berlin } }
  shopping: { aggregate: sequence, window: 6h, steps: [{ firstSeen: merchantId }, { where: 'amountBaseMinor > 9000' }, { where: 'amountBaseMinor < 90' }] }
  last: { aggregate: last, of: merchantId, window: 1h, where: 'amountBaseMinor > 5000' }
rules: []
thresholds: { review: 50, decline: 80 }
`;
const EVENTS = 100_000;
const STEP_MS = 20_000;

/** Numerical Recipes' generator: the same traffic in both runs. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** How often a row is looked at while one account takes in its events, of which a share is late by up to a minute. */
function rowsVisited(lateShare: number): number {
  const parsed = parseRuleSet(RULES);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const plan = scoringPlan(parsed.ruleSet, { name: 'hot', version: 1 });
  const state = plan.open();
  const random = randomOf(5);
  let visits = 0;
  const { offset } = AccountWindows.prototype;
  state.offset = (row) => {
    visits += 1;
    return offset.call(state, row);
  };
  for (let i = 0; i < EVENTS; i++) {
    const lateMs = random() < lateShare ? Math.floor(random() * 60_000) : 0;
    const submitted: TransactionSubmitted = {
      transaction: {
        transactionId: `t${i}`,
        accountId: 'a',
        amountMinor: 1,
        currency: 'EUR',
        occurredAt: new Date(1_760_000_000_000 + i * STEP_MS - lateMs).toISOString(),
        merchantId: `merchant-${Math.floor(random() * 500)}`,
      },
      amountBaseMinor: Math.floor(random() * 20_000),
      ratesVersion: null,
      receivedAtMs: 0,
      origin: 'live',
    };
    plan.apply(state, submitted, i, i);
  }
  return visits;
}

test('late events of a hot account cost about as many rows as they are late', () => {
  const inOrder = rowsVisited(0);
  expect(inOrder).toBeLessThan(40 * EVENTS);
  expect(rowsVisited(0.01)).toBeLessThan(1.5 * inOrder);
}, 60_000);
