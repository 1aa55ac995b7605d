import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FraudSuspected, TransactionSubmitted } from '../domain/facts.ts';
import { alertId, fraudSuspected, isSuspicious } from './fraud-suspected.ts';
import { submitted } from './test-support/facts.ts';
import { compileWindows, WINDOW_RULES } from './test-support/window-rules.ts';

const submission = JSON.parse(submitted({ accountId: 'a', transactionId: 't' }).data) as TransactionSubmitted;
const plan = compileWindows(WINDOW_RULES[0]!, { name: 'strict', version: 3 });
const decision = { ...plan.apply(plan.open(), submission, 0, 17), decision: 'review' as const };

describe('an alert', () => {
  test('has an id of 32 hexadecimal digits and an event id that is a UUID', () => {
    expect(alertId(decision)).toMatch(/^[0-9a-f]{32}$/);
    expect(fraudSuspected(decision, submission, plan.definition).eventId).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test('is the same however often it is drafted', () => {
    const again = structuredClone(decision);
    expect(fraudSuspected(again, structuredClone(submission), plan.definition)).toEqual(
      fraudSuspected(decision, submission, plan.definition),
    );
  });

  test('is another for any other account, revision or rule set', () => {
    const subject = fc.record({
      accountId: fc.string({ maxLength: 6 }),
      revision: fc.nat(30),
      ruleSet: fc.record({ name: fc.string({ maxLength: 6 }), version: fc.nat(30) }),
    });
    fc.assert(
      fc.property(subject, subject, (a, b) => {
        expect(alertId(a) === alertId(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    const at = (accountId: string, revision: number, name: string, version: number) =>
      alertId({ accountId, revision, ruleSet: { name, version } });
    expect(at('a1', 2, 'r', 1)).not.toBe(at('a', 12, 'r', 1));
    expect(at('a","b', 2, 'r', 1)).not.toBe(at('a', 2, 'b","r', 1));
  });

  test('says what was seen, features by name', () => {
    const data = JSON.parse(fraudSuspected(decision, submission, plan.definition).data) as FraudSuspected;
    expect(data).toMatchObject({ transactionId: 't', revision: 0, position: 17, amountMinor: 100 });
    expect(Object.keys(data.features)).toEqual(plan.definition.features.map(({ name }) => name));
  });

  test('is not raised of imported history, nor of what is approved', () => {
    expect(isSuspicious(decision)).toBe(true);
    expect(isSuspicious({ ...decision, origin: 'import' })).toBe(false);
    expect(isSuspicious({ ...decision, decision: 'approve' })).toBe(false);
  });
});
