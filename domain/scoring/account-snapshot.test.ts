import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TransactionSubmitted } from '../facts.ts';
import { type AccountState, scoringPlan } from '../risk-fold.ts';
import { parseRuleSet } from '../rules/rule-set-parse.ts';

const RULES = `
name: snapshot
semantics: 1
features:
  count: { aggregate: count, window: 1h }
  spend: { aggregate: sum, of: amountBaseMinor, window: 24h }
  most: { aggregate: max, of: amountBaseMinor, window: lifetime }
  merchants: { aggregate: distinct, of: merchantId, window: 24h }
  new_merchant: { aggregate: firstSeen, of: merchantId }
  last_merchant: { aggregate: last, of: merchantId, prior: true }
rules:
  - { id: r1, when: count >= 5, points: 40, reason: R1 }
thresholds: { review: 50, decline: 80 }
`;

function planOf(rules: string) {
  const parsed = parseRuleSet(rules);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return scoringPlan(parsed.ruleSet, { name: 'snapshot', version: 1 }, { latenessMs: 0 });
}

const plan = planOf(RULES);
const EVENTS = 40;

/** Hours apart, so that some have left the history and are carried or archived. */
const submission = (i: number): TransactionSubmitted => ({
  transaction: {
    transactionId: `t${i}`,
    accountId: 'a',
    amountMinor: i * 7,
    currency: 'EUR',
    occurredAt: new Date(1_760_000_000_000 + i * 5_000_000).toISOString(),
    merchantId: `merchant-${(i * 5) % 13}`,
  },
  amountBaseMinor: i * 7,
  ratesVersion: null,
  receivedAtMs: 0,
  origin: 'live',
});

function fold(state: AccountState, from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) =>
    plan.apply(state, submission(from + i), from + i, from + i),
  );
}

function snapshot(): Uint8Array {
  const state = plan.open();
  fold(state, 0, EVENTS);
  return plan.encode(state);
}

describe('a snapshot of an account', () => {
  test('goes on exactly as the account itself', () => {
    const state = plan.open();
    fold(state, 0, EVENTS);
    const restored = plan.decode(snapshot())!;
    expect(restored.revision).toBe(EVENTS - 1);
    expect(restored.eventsHeld).toBe(state.eventsHeld);
    expect(fold(restored, EVENTS, 2 * EVENTS)).toEqual(fold(state, EVENTS, 2 * EVENTS));
  });

  test('is read at any place of a larger buffer', () => {
    const bytes = snapshot();
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(plan.decode(larger.subarray(3, 3 + bytes.length))!.revision).toBe(EVENTS - 1);
    expect(plan.decode(Buffer.from(larger).subarray(3, 3 + bytes.length))!.revision).toBe(EVENTS - 1);
  });

  test('is refused when damaged anywhere, never misread and never an error', () => {
    const bytes = snapshot();
    for (let at = 0; at < bytes.length; at++) {
      for (const flipped of [1, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at]! ^= flipped;
        expect(plan.decode(damaged)).toBeUndefined();
      }
    }
  });

  test('is refused when cut off, lengthened or something else altogether', () => {
    const bytes = snapshot();
    for (let length = 0; length < bytes.length; length++)
      expect(plan.decode(bytes.slice(0, length))).toBeUndefined();
    expect(plan.decode(Uint8Array.of(...bytes, 0))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (other) => {
        expect(plan.decode(other)).toBeUndefined();
      }),
    );
  });

  test('is refused under rules whose columns differ, taken under rules that only score otherwise', () => {
    expect(planOf(RULES.replace('window: 1h', 'window: 2h')).decode(snapshot())).toBeUndefined();
    expect(planOf(RULES.replace('points: 40', 'points: 41')).decode(snapshot())!.revision).toBe(EVENTS - 1);
  });
});
