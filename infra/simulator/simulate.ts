import type { Transaction } from '../../domain/transaction.ts';
import { type Cardholder, makeCardholder } from './cardholder.ts';
import { buildCity } from './city.ts';
import { paymentsOfDay } from './habits.ts';
import { DAY_MS, type Payment } from './payment.ts';
import { planIncidents } from './plan.ts';
import { randomFrom } from './random.ts';
import type { Truth } from './truth.ts';

export interface SimulationOptions {
  seed: string;
  cardholders: number;
  /** Days simulated, at least 10. */
  days: number;
  /** Of them the last so many hold the planted frauds, at least 3. */
  plantedDays: number;
  /** When the last day ends, milliseconds since the epoch. */
  endMs: number;
}

export const DEFAULT_SIMULATION = { seed: '1', cardholders: 2_000, days: 40, plantedDays: 6 } as const;

export interface SimulatedTransaction {
  transaction: Transaction;
  /** Milliseconds since the epoch. */
  occurredAtMs: number;
  /** Known to whoever judges the decisions, never sent. Null for what is neither fraud nor a planted look-alike. */
  truth: Truth | null;
}

/**
 * Some days of a city's payments in the order they happen, up to `endMs`. The same options give the same stream on
 * every machine; another `endMs` gives the same payments at other times, under other ids.
 *
 * @throws RangeError that names the option
 */
export function* simulate(options: SimulationOptions): Generator<SimulatedTransaction> {
  checkOptions(options);
  const random = randomFrom(options.seed);
  const startMs = options.endMs - options.days * DAY_MS;
  // Ids carry the time, so that the same city can be played again to a server that has seen it before.
  const run = Math.floor(options.endMs / 1_000).toString(36);
  const city = buildCity(random.fork('city'));
  const cardholders = makeCardholders(options, run, city);
  const planned = byDay(
    planIncidents({
      city,
      cardholders,
      plantFromMs: (options.days - options.plantedDays) * DAY_MS,
      endMs: options.days * DAY_MS,
      random: random.fork('incidents'),
    }),
    options.days,
  );
  const ids = random.fork(`ids-${run}`);
  let carried: Payment[] = [];
  for (let day = 0; day < options.days; day++) {
    const payments = [
      ...carried,
      ...planned[day]!,
      ...cardholders.flatMap((each) => paymentsOfDay(each, day, city)),
    ];
    // A second try after a refusal at midnight belongs to the next day.
    const isToday = ({ atMs }: Payment): boolean => atMs < (day + 1) * DAY_MS;
    carried = payments.filter((payment) => !isToday(payment));
    for (const payment of payments.filter(isToday).sort(byTime)) yield dated(payment, startMs, ids.hex(16));
  }
}

function checkOptions({ cardholders, days, plantedDays, endMs }: SimulationOptions): void {
  const check = (name: string, value: number, least: number, most: number): void => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return;
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
  };
  check('cardholders', cardholders, 20, 99_999);
  check('days', days, 10, 400);
  check('plantedDays', plantedDays, 3, days - 1);
  check('endMs', endMs, days * DAY_MS, 8_640_000_000_000_000);
}

function makeCardholders(
  { seed, cardholders, days }: SimulationOptions,
  run: string,
  city: ReturnType<typeof buildCity>,
): Cardholder[] {
  const random = randomFrom(`${seed}/cardholders`);
  return Array.from({ length: cardholders }, (_, i) =>
    makeCardholder(`acct-${run}-${String(i + 1).padStart(5, '0')}`, city, days, random.fork(i)),
  );
}

function byDay(payments: readonly Payment[], days: number): Payment[][] {
  const planned: Payment[][] = Array.from({ length: days }, () => []);
  for (const payment of payments) planned[Math.floor(payment.atMs / DAY_MS)]!.push(payment);
  return planned;
}

function byTime(a: Payment, b: Payment): number {
  return a.atMs - b.atMs || (a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : 0);
}

function dated(
  { atMs, accountId, details, truth }: Payment,
  startMs: number,
  id: string,
): SimulatedTransaction {
  const occurredAtMs = startMs + atMs;
  const occurredAt = new Date(occurredAtMs).toISOString();
  return {
    transaction: { transactionId: `txn-${id}`, accountId, occurredAt, ...details },
    occurredAtMs,
    truth,
  };
}
