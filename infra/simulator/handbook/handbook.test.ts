import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parseTransaction } from '../../../domain/door/parse-transaction.ts';
import {
  DEFAULT_HANDBOOK,
  type HandbookOptions,
  type HandbookPayment,
  handbookPayments,
} from './handbook.ts';
import { labelLine, transactionLine } from './lines.ts';
import { CUSTOMER_DAYS, LARGE_AMOUNT_MINOR, LEAK_FACTOR, TERMINAL_DAYS } from './scenarios.ts';

const DAY_MS = 86_400_000;
const options: HandbookOptions = { ...DEFAULT_HANDBOOK, customers: 1_000, days: 60 };
const payments = [...handbookPayments(options)];
const dayOf = ({ occurredAtMs }: HandbookPayment) => Math.floor((occurredAtMs - options.startMs) / DAY_MS);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const by = (field: 'accountId' | 'merchantId') => Map.groupBy(payments.values(), (payment) => payment[field]);

test('the same seed gives the same bytes on every machine, another seed others', () => {
  const hash = createHash('sha256');
  for (const payment of payments) hash.update(transactionLine(payment) + payment.scenario);
  expect(hash.digest('hex')).toBe(PINNED);
  const first = (seed: string) =>
    transactionLine(handbookPayments({ ...options, seed, days: 1 }).next().value!);
  expect(first('2')).not.toBe(transactionLine(payments[0]!));
});

test('the door takes every transaction', () => {
  const refused = payments.filter(
    (payment) => 'problems' in parseTransaction(JSON.parse(transactionLine(payment))),
  );
  expect(refused).toEqual([]);
});

test('payments are in order of time, named once each, on every day and no other', () => {
  const unordered = payments.filter(
    ({ occurredAtMs }, i) => i > 0 && occurredAtMs < payments[i - 1]!.occurredAtMs,
  );
  expect(unordered).toEqual([]);
  expect(new Set(payments.map(({ transactionId }) => transactionId)).size).toBe(payments.length);
  expect(new Set(payments.map(dayOf))).toEqual(
    new Set(Array.from({ length: options.days }, (_, day) => day)),
  );
});

test('a label is known after its delay', () => {
  const line = JSON.parse(labelLine(payments[0]!, 7 * DAY_MS));
  expect(line).toEqual({
    transactionId: payments[0]!.transactionId,
    accountId: payments[0]!.accountId,
    label: 'fraud',
    source: 'chargeback',
    knownAt: line.knownAt,
  });
  expect(Date.parse(line.knownAt) - payments[0]!.occurredAtMs).toBe(7 * DAY_MS);
});

describe('honest payments', () => {
  const honest = payments.filter(({ scenario }) => scenario === 0);

  test('are as many as the profiles say: 2 a day on average, less the 3 % that would fall on another day', () => {
    expect(payments.length / options.days / options.customers).toBeGreaterThan(1.8);
    expect(payments.length / options.days / options.customers).toBeLessThan(2);
    const perDay = [...by('accountId').values()].map((rows) => rows.length / options.days);
    expect(Math.max(...perDay)).toBeGreaterThan(3.5);
    expect(Math.max(...perDay)).toBeLessThan(5);
    expect(Math.min(...perDay)).toBeLessThan(0.2);
  });

  test('have amounts around each customer’s own mean, from 5 to 100, half of it apart', () => {
    // Customers with few payments say little of their own mean.
    const amounts = [...Map.groupBy(honest, ({ accountId }) => accountId).values()]
      .filter((rows) => rows.length > 60)
      .map((rows) => rows.map(({ amountMinor }) => amountMinor));
    const means = amounts.map(mean);
    expect(Math.min(...means)).toBeGreaterThan(400);
    expect(Math.max(...means)).toBeLessThan(12_500);
    expect(Math.abs(mean(means) - 5_250)).toBeLessThan(300);
    const deviation = (values: number[]) =>
      Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2))) / mean(values);
    expect(Math.abs(mean(amounts.map(deviation)) - 0.48)).toBeLessThan(0.03);
  });

  test('are around noon, seldom at night', () => {
    const hours = honest.map(({ occurredAtMs }) => (occurredAtMs % DAY_MS) / 3_600_000);
    expect(Math.abs(mean(hours) - 12)).toBeLessThan(0.1);
    const nightly = hours.filter((hour) => hour < 3 || hour >= 21).length / hours.length;
    expect(nightly).toBeGreaterThan(0.05);
    expect(nightly).toBeLessThan(0.12);
  });

  test('are made at terminals within reach: dozens, of thousands', () => {
    const busiest = [...by('accountId').values()].toSorted((a, b) => b.length - a.length).slice(0, 50);
    const reached = busiest.map((rows) => new Set(rows.map(({ merchantId }) => merchantId)).size);
    expect(Math.max(...reached)).toBeLessThan(120);
    expect(mean(reached)).toBeGreaterThan(40);
  });
});

describe('frauds', () => {
  const frauds = payments.filter(({ scenario }) => scenario !== 0);

  test('are about 0.84 % once the scenarios have set in', () => {
    const late = payments.filter((payment) => dayOf(payment) >= TERMINAL_DAYS);
    const share = late.filter(({ scenario }) => scenario !== 0).length / late.length;
    expect(share).toBeGreaterThan(0.006);
    expect(share).toBeLessThan(0.0115);
  });

  test('1: every payment above 220, and no honest one', () => {
    const large = payments.filter(({ amountMinor }) => amountMinor > LARGE_AMOUNT_MINOR);
    expect(large.filter(({ scenario }) => scenario === 0)).toEqual([]);
    const first = frauds.filter(({ scenario }) => scenario === 1);
    expect(first.length).toBeGreaterThan(20);
    expect(first.filter(({ amountMinor }) => amountMinor <= LARGE_AMOUNT_MINOR)).toEqual([]);
  });

  test('2: everything at a terminal, for 28 days', () => {
    const terminals = [...by('merchantId').values()].filter((rows) =>
      rows.some(({ scenario }) => scenario === 2),
    );
    // 0.4 a day, over 60 days.
    expect(terminals.length).toBeGreaterThan(17);
    expect(terminals.length).toBeLessThanOrEqual(24);
    for (const rows of terminals) {
      const days = rows.filter(({ scenario }) => scenario === 2).map(dayOf);
      const between = rows.filter((row) => dayOf(row) >= days[0]! && dayOf(row) <= days.at(-1)!);
      expect(days.at(-1)! - days[0]!).toBeLessThan(2 * TERMINAL_DAYS);
      if (days.at(-1)! - days[0]! < TERMINAL_DAYS)
        expect(between.filter(({ scenario }) => scenario === 0)).toEqual([]);
    }
  });

  test('3: a third of a customer’s payments, for 14 days, at five times the amount', () => {
    const leaked = Map.groupBy(
      frauds.filter(({ scenario }) => scenario === 3),
      ({ accountId }) => accountId,
    );
    expect(leaked.size).toBeGreaterThan(20);
    expect(leaked.size).toBeLessThanOrEqual(36);
    const shares: number[] = [];
    const factors: number[] = [];
    for (const [accountId, rows] of leaked) {
      expect(rows.every(({ amountMinor }) => amountMinor % LEAK_FACTOR === 0)).toBe(true);
      const days = rows.map(dayOf);
      if (days.at(-1)! - days[0]! >= CUSTOMER_DAYS) continue;
      const all = by('accountId').get(accountId)!;
      const meantime = all.filter((row) => dayOf(row) >= days[0]! && dayOf(row) <= days.at(-1)!);
      const honest = all.filter(({ scenario }) => scenario === 0).map(({ amountMinor }) => amountMinor);
      shares.push(rows.length / meantime.length);
      factors.push(mean(rows.map(({ amountMinor }) => amountMinor)) / mean(honest));
    }
    // More than a third, as only the days from the first to the last of them are looked at.
    expect(mean(shares)).toBeGreaterThan(0.3);
    expect(mean(shares)).toBeLessThan(0.6);
    expect(Math.abs(mean(factors) - LEAK_FACTOR)).toBeLessThan(0.8);
  });
});

test('a day more changes no honest payment of the days before', () => {
  const key = ({ accountId, merchantId, occurredAtMs }: HandbookPayment) =>
    accountId + merchantId + occurredAtMs;
  const longer = [...handbookPayments({ ...options, customers: 100, days: 11 })].map(key);
  const shorter = [...handbookPayments({ ...options, customers: 100, days: 10 })].map(key);
  expect(shorter.length).toBeGreaterThan(1_500);
  expect(longer.slice(0, shorter.length)).toEqual(shorter);
});

const PINNED = 'b836c72bad537df214ec43a0a1dbe23ce098b2bdbe722ebeb0607fac4401ef85';
