import type { Cardholder } from './cardholder.ts';
import type { City } from './city.ts';
import type { Payment, PaymentDetails } from './payment.ts';
import type { Random } from './random.ts';
import type { Truth } from './truth.ts';

/** Something planted: to whom, when, and with what chance of its own. */
export interface Incident {
  cardholder: Cardholder;
  city: City;
  /** It happens from here on … */
  fromMs: number;
  /** … and is over by here. Milliseconds since the first midnight. */
  untilMs: number;
  /** Counts incidents of its kind from 1. */
  number: number;
  random: Random;
}

/** What someone knows how to plant: the payments it consists of, within the incident's time. */
export type Planting = (incident: Incident) => Payment[];

/** A moment that leaves room for `durationMs` after it. */
export function startOf({ fromMs, untilMs, random }: Incident, durationMs: number): number {
  return fromMs + random.below(Math.max(1, untilMs - durationMs - fromMs));
}

export function planted(
  { cardholder }: Incident,
  atMs: number,
  details: PaymentDetails,
  truth: Truth,
): Payment {
  return { atMs, accountId: cardholder.accountId, details, truth };
}
