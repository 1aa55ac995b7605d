import type { Random } from '../random.ts';
import { normal, poisson, uniform } from './draws.ts';
import type { Customer } from './profiles.ts';

export const SECONDS_A_DAY = 86_400;
const NOON = SECONDS_A_DAY / 2;
const AROUND_NOON = 20_000;

/** Payments in the order they happen, a column for each field. */
export interface Payments {
  /** Seconds since the first midnight. */
  second: number[];
  customer: number[];
  terminal: number[];
  amountMinor: number[];
}

/** Honest payments of all customers, day after day: one more day changes nothing of the days before. */
export function makePayments(customers: readonly Customer[], days: number, random: Random): Payments {
  const chances = customers.map((_, customer) => random.fork(customer));
  const payments: Payments = { second: [], customer: [], terminal: [], amountMinor: [] };
  for (let day = 0; day < days; day++) {
    const today = customers.flatMap((profile, customer) =>
      paymentsOfDay(profile, customer, chances[customer]!),
    );
    // Those of one second stay in the order of the customers.
    today.sort((a, b) => a.second - b.second);
    for (const { second, customer, terminal, amountMinor } of today) {
      payments.second.push(day * SECONDS_A_DAY + second);
      payments.customer.push(customer);
      payments.terminal.push(terminal);
      payments.amountMinor.push(amountMinor);
    }
  }
  return payments;
}

interface Payment {
  /** Since midnight. */
  second: number;
  customer: number;
  terminal: number;
  amountMinor: number;
}

function paymentsOfDay(profile: Customer, customer: number, random: Random): Payment[] {
  const payments: Payment[] = [];
  for (let left = poisson(random, profile.paymentsPerDay); left > 0; left--) {
    const second = Math.trunc(normal(random, NOON, AROUND_NOON));
    // What would fall on another day does not happen.
    if (second <= 0 || second >= SECONDS_A_DAY || profile.terminals.length === 0) continue;
    const amountMinor = amountOf(profile, random);
    payments.push({ second, customer, terminal: random.pick(profile.terminals), amountMinor });
  }
  return payments;
}

function amountOf({ meanMinor, deviationMinor }: Customer, random: Random): number {
  const amount = normal(random, meanMinor, deviationMinor);
  return Math.round(amount < 0 ? uniform(random, 0, 2 * meanMinor) : amount);
}
