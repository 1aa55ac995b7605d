import { describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../domain/decision.ts';
import type { Outcome } from './play-live.ts';
import { judge } from './report.ts';
import { reportTable } from './report-table.ts';
import { fraud, lookAlike, type Truth } from './truth.ts';

let count = 0;
function outcome(
  accountId: string,
  truth: Truth | null,
  decision: Verdict | null,
  changed: Partial<Outcome> = {},
): Outcome {
  count++;
  return {
    accountId,
    transactionId: `t-${count}`,
    truth,
    decision,
    reasons: [],
    latencyMs: count,
    failure: null,
    ...changed,
  };
}

const testing1 = fraud('card_testing', 1);
const testing2 = fraud('card_testing', 2);
const takeover = fraud('account_takeover', 1);
const trip = lookAlike('holiday', 1);
const outcomes = [
  outcome('a', testing1, 'approve'),
  outcome('a', testing1, 'approve'),
  outcome('a', testing1, 'review'),
  outcome('a', testing1, 'decline'),
  outcome('b', testing2, 'decline'),
  outcome('c', takeover, 'approve'),
  outcome('d', trip, 'review'),
  outcome('e', null, 'approve'),
  outcome('a', null, 'approve'),
  outcome('f', null, null, { failure: '400 Bad Request: no', latencyMs: 9_999 }),
];
const NOTHING = { outcomes: [], seconds: 0, degraded: 0, queue: 0 };
const report = judge({ outcomes, seconds: 5, degraded: 1, queue: 3 });

describe('judging', () => {
  test('an incident is caught at its first alert', () => {
    expect(report.frauds.find(({ pattern }) => pattern === 'card_testing')).toEqual({
      pattern: 'card_testing',
      planted: 2,
      caught: 2,
      transactions: 5,
      alerts: 3,
      medianUntilAlert: 1,
    });
    expect(report.frauds.find(({ pattern }) => pattern === 'account_takeover')).toMatchObject({
      planted: 1,
      caught: 0,
      medianUntilAlert: null,
    });
  });

  test('an alert on what is honest costs precision', () => {
    expect(report.lookAlikes[0]).toEqual({
      pattern: 'holiday',
      planted: 1,
      alerted: 1,
      transactions: 1,
      alerts: 1,
    });
    expect(report).toMatchObject({
      alerts: 4,
      precision: 3 / 4,
      accountsAlerted: 3,
      accountPrecision: 2 / 3,
    });
  });

  test('what was missed costs recall', () => {
    expect(report).toMatchObject({ fraudTransactions: 6, recall: 3 / 6, incidents: 3, incidentsCaught: 2 });
  });

  test('what was not taken has no latency, but is told', () => {
    expect(report).toMatchObject({
      failed: 1,
      failures: ['400 Bad Request: no'],
      degraded: 1,
      queue: 3,
      ratePerSecond: 2,
    });
    expect(report.latency).toEqual({ p50Ms: 5, p99Ms: 9, p999Ms: 9, maxMs: 9 });
  });

  test('of nothing gives no shares', () => {
    expect(judge(NOTHING)).toMatchObject({
      precision: null,
      recall: null,
      accountPrecision: null,
      ratePerSecond: 0,
    });
  });
});

describe('the table', () => {
  test('is plain text of at most 100 columns', () => {
    for (const text of [reportTable(report), reportTable(judge(NOTHING))]) {
      expect(text).toMatch(/^[\x20-\x7e\n]+$/);
      expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
  });

  test('says what the report says', () => {
    const text = reportTable(report);
    expect(text).toMatch(/^card testing +2 +2 +transaction 1 +5 +3$/m);
    expect(text).toMatch(/^account takeover +1 +0 +- +1 +0$/m);
    expect(text).toMatch(/^holiday +1 +1 +1 +1$/m);
    expect(text).toMatch(/precision +75\.0 % of 4 alerted transactions .* 66\.7 % of 3 accounts/);
    expect(text).toMatch(/^queue +3 alerts hold them$/m);
    expect(text).toMatch(/p50 5\.0 ms {2}p99 9\.0 ms/);
    expect(text).toMatch(/8 in time, 1 later, 1 not taken/);
  });
});
