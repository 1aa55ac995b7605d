import type { Random } from '../random.ts';
import { type Payments, SECONDS_A_DAY } from './payments.ts';

/**
 * Which scenario made a payment a fraud. 1: its amount alone. 2: everything at a terminal that was compromised.
 * 3: a customer whose card details leaked; the thief spends beside them, in larger amounts.
 */
export type Scenario = 1 | 2 | 3;

export const LARGE_AMOUNT_MINOR = 22_000;
export const TERMINAL_DAYS = 28;
export const CUSTOMER_DAYS = 14;
export const LEAK_FACTOR = 5;
/** One in so many payments of a customer whose details leaked is the thief's. */
export const LEAK_SHARE = 3;

/** Compromised anew each day: two of 10,000 terminals, three of 5,000 customers, and fewer where there are fewer. */
const TERMINALS_A_DAY = 2 / 10_000;
const CUSTOMERS_A_DAY = 3 / 5_000;

/**
 * Plants the frauds among honest payments: makes some of them larger and says which are frauds. Where scenarios meet,
 * the last one counts.
 *
 * @param sizes how many customers and terminals there are
 * @returns for each payment its scenario, 0 for an honest one
 */
export function plantFrauds(
  payments: Payments,
  sizes: { customers: number; terminals: number },
  random: Random,
): Uint8Array<ArrayBuffer> {
  const scenarios = new Uint8Array(payments.second.length);
  payments.amountMinor.forEach((amountMinor, row) => {
    if (amountMinor > LARGE_AMOUNT_MINOR) scenarios[row] = 1;
  });
  compromiseTerminals(payments, scenarios, sizes.terminals, random.fork('terminals'));
  compromiseCustomers(payments, scenarios, sizes.customers, random.fork('customers'));
  return scenarios;
}

function compromiseTerminals(
  { second, terminal }: Payments,
  scenarios: Uint8Array,
  terminals: number,
  random: Random,
): void {
  // The first day on which the terminal is honest again.
  const untilDay = new Int32Array(terminals);
  let row = 0;
  for (let day = 0; row < second.length; day++) {
    for (let left = dueOn(day, terminals * TERMINALS_A_DAY); left > 0; left--)
      untilDay[random.below(terminals)] = day + TERMINAL_DAYS;
    for (; row < second.length && second[row]! < (day + 1) * SECONDS_A_DAY; row++)
      if (untilDay[terminal[row]!]! > day) scenarios[row] = 2;
  }
}

function compromiseCustomers(
  { second, customer, amountMinor }: Payments,
  scenarios: Uint8Array,
  customers: number,
  random: Random,
): void {
  const rowsOf = Map.groupBy(customer.keys(), (row) => customer[row]!);
  const untilDay = new Int32Array(customers);
  const days = Math.ceil((second.at(-1) ?? 0) / SECONDS_A_DAY);
  for (let day = 0; day < days; day++) {
    for (let left = dueOn(day, customers * CUSTOMERS_A_DAY); left > 0; left--) {
      const victim = random.below(customers);
      // Whose details are out already loses nothing more.
      if (untilDay[victim]! > day) continue;
      untilDay[victim] = day + CUSTOMER_DAYS;
      const rows = (rowsOf.get(victim) ?? []).filter((row) => isWithin(second[row]!, day, CUSTOMER_DAYS));
      for (const row of sample(rows, Math.floor(rows.length / LEAK_SHARE), random)) {
        amountMinor[row]! *= LEAK_FACTOR;
        scenarios[row] = 3;
      }
    }
  }
}

/** How many are due on a day at a rate that need not be whole: the parts carry over. */
function dueOn(day: number, perDay: number): number {
  return Math.floor((day + 1) * perDay) - Math.floor(day * perDay);
}

function isWithin(second: number, fromDay: number, days: number): boolean {
  return second >= fromDay * SECONDS_A_DAY && second < (fromDay + days) * SECONDS_A_DAY;
}

/** So many of them, each as likely as the others, none twice. */
function sample(rows: readonly number[], count: number, random: Random): number[] {
  const left = [...rows];
  return Array.from({ length: count }, () => left.splice(random.below(left.length), 1)[0]!);
}
