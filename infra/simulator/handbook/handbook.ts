import { randomFrom } from '../random.ts';
import { makePayments } from './payments.ts';
import { makeCustomers, terminalsOf } from './profiles.ts';
import { plantFrauds, type Scenario } from './scenarios.ts';

export interface HandbookOptions {
  seed: string;
  /** How many people pay; there are twice as many terminals. */
  customers: number;
  days: number;
  /** The first midnight, milliseconds since the epoch. */
  startMs: number;
}

/** The size of the data in the description. */
export const DEFAULT_HANDBOOK = {
  seed: '1',
  customers: 5_000,
  days: 183,
  startMs: Date.UTC(2018, 3, 1),
} as const;

export interface HandbookPayment {
  transactionId: string;
  accountId: string;
  merchantId: string;
  amountMinor: number;
  /** Milliseconds since the epoch, whole seconds. */
  occurredAtMs: number;
  /** What made it a fraud; 0 for an honest payment. */
  scenario: 0 | Scenario;
}

/**
 * Card payments after the public description of the Fraud Detection Handbook’s simulated data (Le Borgne, Siblini,
 * Lebichot, Bontempi: Reproducible Machine Learning for Credit Card Fraud Detection, chapter 3, “Transaction data
 * simulator”), in the order they happen. The same options give the same payments on every machine. Fewer customers
 * give a smaller city of the same density, with the same share of frauds.
 */
export function* handbookPayments(options: HandbookOptions): Generator<HandbookPayment> {
  const { seed, customers: count, days, startMs } = options;
  const random = randomFrom(`handbook/${seed}`);
  const customers = makeCustomers(count, random.fork('profiles'));
  const payments = makePayments(customers, days, random.fork('payments'));
  const terminals = terminalsOf(count);
  const scenarios = plantFrauds(payments, { customers: count, terminals }, random.fork('frauds'));
  const transactionId = numbered('t', days * count * 4);
  const accountId = numbered('c', count);
  const merchantId = numbered('m', terminals);
  for (let row = 0; row < scenarios.length; row++) {
    yield {
      transactionId: transactionId(row),
      accountId: accountId(payments.customer[row]!),
      merchantId: merchantId(payments.terminal[row]!),
      amountMinor: payments.amountMinor[row]!,
      occurredAtMs: startMs + payments.second[row]! * 1_000,
      scenario: scenarios[row] as 0 | Scenario,
    };
  }
}

/** Ids from 1, all as long as the last one. */
function numbered(letter: string, count: number): (index: number) => string {
  const digits = String(count).length;
  return (index) => letter + String(index + 1).padStart(digits, '0');
}
