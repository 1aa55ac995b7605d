import type { Random } from '../random.ts';
import { uniform } from './draws.ts';

/** Who pays: where someone lives, how often and how much they spend, and where. */
export interface Customer {
  /** Of the amount of one payment, minor units. */
  meanMinor: number;
  deviationMinor: number;
  paymentsPerDay: number;
  /** Numbers of the terminals within reach. May be empty: such a customer never pays. */
  terminals: number[];
}

interface Place {
  x: number;
  y: number;
}

/** The size the data's description has. */
const CUSTOMERS = 5_000;
const SIDE = 100;
const REACH = 5;

const TERMINALS_PER_CUSTOMER = 2;
const LEAST_MEAN_MINOR = 500;
const MOST_MEAN_MINOR = 10_000;
const MOST_PAYMENTS_PER_DAY = 4;

export const terminalsOf = (customers: number): number => customers * TERMINALS_PER_CUSTOMER;

/**
 * So many customers and twice as many terminals, all over a square. A smaller square for fewer of them keeps the
 * description's density: a customer reaches about 78 terminals, a terminal sees about one payment a day.
 */
export function makeCustomers(customers: number, random: Random): Customer[] {
  const side = SIDE * Math.sqrt(customers / CUSTOMERS);
  const place = (chance: Random): Place => ({ x: uniform(chance, 0, side), y: uniform(chance, 0, side) });
  const terminalChance = random.fork('terminals');
  const terminals = Array.from({ length: terminalsOf(customers) }, () => place(terminalChance));
  const customerChance = random.fork('customers');
  return Array.from({ length: customers }, () => {
    const home = place(customerChance);
    const meanMinor = uniform(customerChance, LEAST_MEAN_MINOR, MOST_MEAN_MINOR);
    return {
      meanMinor,
      deviationMinor: meanMinor / 2,
      paymentsPerDay: uniform(customerChance, 0, MOST_PAYMENTS_PER_DAY),
      terminals: withinReach(home, terminals),
    };
  });
}

function withinReach(home: Place, terminals: readonly Place[]): number[] {
  const near: number[] = [];
  terminals.forEach(({ x, y }, terminal) => {
    if ((x - home.x) ** 2 + (y - home.y) ** 2 < REACH ** 2) near.push(terminal);
  });
  return near;
}
