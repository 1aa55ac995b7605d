import type { Cardholder } from './cardholder.ts';
import type { City } from './city.ts';
import { accountTakeover } from './frauds/account-takeover.ts';
import { bustOut } from './frauds/bust-out.ts';
import { cardTesting } from './frauds/card-testing.ts';
import { impossibleTravel } from './frauds/impossible-travel.ts';
import { structuring } from './frauds/structuring.ts';
import { velocityBurst } from './frauds/velocity-burst.ts';
import type { Incident, Planting } from './incident.ts';
import { holiday, isAway } from './look-alikes/holiday.ts';
import { householdDevice } from './look-alikes/household-device.ts';
import { yearlyPurchase } from './look-alikes/yearly-purchase.ts';
import type { Payment } from './payment.ts';
import type { Random } from './random.ts';

/** What of the simulated time is planted with what. Milliseconds since the first midnight. */
export interface Stage {
  city: City;
  cardholders: readonly Cardholder[];
  /** Frauds and most look-alikes happen from here on. */
  plantFromMs: number;
  endMs: number;
  random: Random;
}

/** Incidents of each pattern of fraud, a thousand cardholders. */
const FRAUDS_PER_THOUSAND = 4;
const FRAUDS: readonly [name: string, planting: Planting][] = [
  ['card_testing', cardTesting],
  ['velocity_burst', velocityBurst],
  ['account_takeover', accountTakeover],
  ['impossible_travel', impossibleTravel],
  ['structuring', structuring],
];
const HOLIDAYS_PER_THOUSAND = 60;
const YEARLY_PURCHASES_PER_THOUSAND = 15;
const HOUSEHOLD_DEVICES_PER_THOUSAND = 15;

/** Everything planted, in no order. Sends some cardholders on holiday, so it comes before their habits are asked for. */
export function planIncidents(stage: Stage): Payment[] {
  const payments = holidays(stage);
  const atHome = shuffled(
    stage.cardholders.filter((cardholder) => !isAway(cardholder, stage.plantFromMs, stage.endMs)),
    stage.random.fork('victims'),
  );
  // One thing to one person: whatever is said of an account is then said of one incident.
  const next = (): Cardholder | undefined => atHome.pop();
  payments.push(
    ...frauds(stage, next, atHome),
    ...yearlyPurchases(stage, next),
    ...householdDevices(stage, next),
  );
  return payments.filter(({ atMs }) => atMs < stage.endMs);
}

function holidays(stage: Stage): Payment[] {
  const travellers = shuffled(stage.cardholders, stage.random.fork('travellers'));
  return times(stage, HOLIDAYS_PER_THOUSAND).flatMap((number) => {
    const cardholder = travellers.pop();
    // Half of them leave in the days before, so that some come home and some are away when the watching starts.
    const fromMs = number % 2 === 0 ? stage.plantFromMs : Math.floor(stage.plantFromMs / 2);
    return cardholder === undefined
      ? []
      : holiday({ ...incident(stage, cardholder, 'holiday', number), fromMs });
  });
}

function frauds(stage: Stage, next: () => Cardholder | undefined, atHome: Cardholder[]): Payment[] {
  const planted = FRAUDS.flatMap(([name, planting]) =>
    countOfFrauds(stage, name).flatMap((number) => {
      const cardholder = next();
      return cardholder === undefined ? [] : planting(incident(stage, cardholder, name, number));
    }),
  );
  const quiet = atHome.filter(({ persona }) => persona.name === 'quiet');
  const busts = countOfFrauds(stage, 'bust_out').flatMap((number) => {
    const cardholder = quiet.pop() ?? next();
    if (cardholder === undefined) return [];
    if (atHome.includes(cardholder)) atHome.splice(atHome.indexOf(cardholder), 1);
    return bustOut(incident(stage, cardholder, 'bust_out', number));
  });
  return [...planted, ...busts];
}

/** About as many as the rate says, one more or less. */
function countOfFrauds(stage: Stage, name: string): number[] {
  const more = stage.random.fork(`count-${name}`).between(-1, 1);
  const expected = Math.round((stage.cardholders.length * FRAUDS_PER_THOUSAND) / 1_000);
  return upTo(Math.max(1, expected + more));
}

function yearlyPurchases(stage: Stage, next: () => Cardholder | undefined): Payment[] {
  return times(stage, YEARLY_PURCHASES_PER_THOUSAND).flatMap((number) => {
    const cardholder = next();
    return cardholder === undefined
      ? []
      : yearlyPurchase(incident(stage, cardholder, 'yearly_purchase', number));
  });
}

function householdDevices(stage: Stage, next: () => Cardholder | undefined): Payment[] {
  return times(stage, HOUSEHOLD_DEVICES_PER_THOUSAND).flatMap((number) => {
    const cardholder = next();
    const partner = next();
    if (cardholder === undefined || partner === undefined) return [];
    partner.phone = { ...partner.phone, ipAddress: cardholder.phone.ipAddress };
    return householdDevice(partner)(incident(stage, cardholder, 'household_device', number));
  });
}

function incident(stage: Stage, cardholder: Cardholder, name: string, number: number): Incident {
  return {
    cardholder,
    city: stage.city,
    fromMs: stage.plantFromMs,
    untilMs: stage.endMs,
    number,
    random: stage.random.fork(`${name}-${number}`),
  };
}

function times({ cardholders }: Stage, perThousand: number): number[] {
  return upTo(Math.max(1, Math.round((cardholders.length * perThousand) / 1_000)));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Fisher and Yates. */
function shuffled<T>(values: readonly T[], random: Random): T[] {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}
