import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../decision.ts';
import type { Label, TransactionSubmitted } from '../facts.ts';
import type { Transaction } from '../transaction.ts';
import { backtestReport } from './backtest-report.ts';
import { CaseCollector, OtherTransactions, type Period } from './case-collector.ts';
import { ruleSetOf } from './test-support/rows.ts';

const RULES = ruleSetOf(true);
const DAY_MS = 86_400_000;
const ALWAYS: Period = { fromMs: null, toMs: null };

interface Given extends Partial<Transaction> {
  transactionId: string;
  timeMs?: number;
  label?: Label | null;
  decision?: Decision['decision'];
  amountBaseMinor?: number | null;
}

function take(collector: CaseCollector, set: number, given: Given): void {
  const { timeMs = 0, label = null, decision = 'approve', amountBaseMinor = 100, ...fields } = given;
  const occurredAt = new Date(timeMs).toISOString();
  const transaction = { accountId: 'a', amountMinor: 100, currency: 'EUR', occurredAt, ...fields };
  const submitted: TransactionSubmitted = {
    transaction,
    amountBaseMinor,
    ratesVersion: null,
    receivedAtMs: 0,
    origin: 'import',
  };
  const decided: Decision = {
    accountId: transaction.accountId,
    transactionId: transaction.transactionId,
    revision: 0,
    position: 1,
    occurredAtMs: timeMs,
    score: decision === 'approve' ? 0 : 100,
    decision,
    reasons: [],
    hits: [],
    features: [],
    undefinedRules: [],
    ruleSet: { name: 'small', version: 1 },
    lateByMs: 0,
    origin: 'import',
  };
  collector.take(set, decided, submitted, RULES, null, label);
}

const CANDIDATE = { name: 'new', role: 'candidate' } as const;
const AGAINST = { name: 'old', role: 'against' } as const;

describe('what several rule sets decided', () => {
  test('is gathered within the period: from its first moment to before its last', () => {
    const collector = new CaseCollector({ fromMs: 10, toMs: 20 }, [CANDIDATE]);
    for (const timeMs of [9, 10, 19, 20]) take(collector, 0, { transactionId: `t${timeMs}`, timeMs });
    const { cases, newestMs } = collector.collected([RULES]);
    expect([cases.transactionIds, newestMs]).toEqual([['t10', 't19'], 20]);
  });

  test('of other transactions, in another order or of fewer, cannot be compared', () => {
    const collector = new CaseCollector(ALWAYS, [CANDIDATE, AGAINST]);
    take(collector, 0, { transactionId: 't1' });
    take(collector, 0, { transactionId: 't2' });
    expect(() => take(collector, 1, { transactionId: 't2' })).toThrow(OtherTransactions);
    take(collector, 1, { transactionId: 't1' });
    expect(() => collector.collected([RULES, RULES])).toThrow(OtherTransactions);
    take(collector, 1, { transactionId: 't2' });
    expect(collector.collected([RULES, RULES]).sets.map(({ name }) => name)).toEqual(['new', 'old']);
  });

  test('the card is the token, or else the account; they cannot be taken for each other', () => {
    const collector = new CaseCollector(ALWAYS, [CANDIDATE]);
    take(collector, 0, { transactionId: 't1', cardToken: 'a' });
    take(collector, 0, { transactionId: 't2' });
    take(collector, 0, { transactionId: 't3', accountId: 'b', cardToken: 'a' });
    expect([...collector.collected([RULES]).cases.cards]).toEqual([0, 1, 0]);
  });
});

describe('the report', () => {
  function reported(labels: { unlabelled: 'genuine' | 'unknown'; ripeAfterDays: number }) {
    const collector = new CaseCollector(ALWAYS, [CANDIDATE, AGAINST]);
    const given: Given[] = [
      { transactionId: 't1', label: 'fraud', decision: 'decline', amountBaseMinor: 2 ** 53 - 1 },
      { transactionId: 't2', label: 'fraud', decision: 'decline', amountBaseMinor: 2 },
      { transactionId: 't3', timeMs: DAY_MS, outcome: 'declined', amountBaseMinor: null },
      { transactionId: 't4', timeMs: 3 * DAY_MS },
    ];
    for (const each of given) take(collector, 0, each);
    for (const each of given) take(collector, 1, { ...each, decision: 'approve' });
    return backtestReport({
      source: { kind: 'files', text: 'x.ndjson', through: null },
      ...ALWAYS,
      ...collector.collected([RULES, RULES]),
      labelsUsed: 'final',
      policy: {
        unlabelled: labels.unlabelled,
        ripeAfterMs: labels.ripeAfterDays * DAY_MS,
        asOfMs: 4 * DAY_MS,
      },
      cardsADay: 1,
      mostExamples: 1,
    });
  }

  test('holds exact money as text where a number could not, and survives JSON', () => {
    const report = reported({ unlabelled: 'genuine', ripeAfterDays: 0 });
    expect(report.sets.map(({ review }) => [review.caughtMinor, review.missedMinor])).toEqual([
      ['9007199254740993', 0],
      [0, '9007199254740993'],
    ]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({ transactions: 4, withoutAmount: 1, baseCurrency: 'EUR', blocked: 1 });
  });

  test('counts alerts over all days of the period, and compares the candidate with the other', () => {
    const report = reported({ unlabelled: 'genuine', ripeAfterDays: 0 });
    expect(report.period).toMatchObject({ days: 4, first: '1970-01-01T00:00:00.000Z' });
    expect(report.sets[0]).toMatchObject({ alerts: 2, alertsADay: 0.5 });
    expect(report.changes).toEqual([
      {
        from: 'old',
        to: 'new',
        ways: [expect.objectContaining({ from: 'approve', to: 'decline', frauds: 2 })],
      },
    ]);
    expect(report.changes[0]!.ways[0]!.examples).toHaveLength(1);
  });

  test('says what it cannot know', () => {
    const ripe = reported({ unlabelled: 'genuine', ripeAfterDays: 2 });
    expect(ripe.labels).toMatchObject({
      fraud: 2,
      assumedGenuine: 1,
      notRipe: 1,
      unknown: 0,
      asOf: '1970-01-05T00:00:00.000Z',
    });
    const said = ripe.limits.join('\n');
    expect(said).toContain(
      '1 transaction of 4 had no label and was younger than 2 days on 1970-01-05T00:00:00.000Z',
    );
    expect(said).toContain('1 transaction without a label is counted as genuine');
    expect(said).toContain('1 transaction was declined when made');
    expect(said).toContain('1 transaction had no rate');
    const unknown = reported({ unlabelled: 'unknown', ripeAfterDays: 2 });
    expect(unknown.labels).toMatchObject({ assumedGenuine: 0, notRipe: 1, unknown: 1 });
    expect(unknown.limits.join('\n')).toContain('1 transaction of 4 had no label though old enough for one');
  });
});
