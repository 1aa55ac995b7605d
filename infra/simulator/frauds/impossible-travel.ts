import { around } from '../amounts.ts';
import type { Merchant, Trade } from '../city.ts';
import { paymentsOfDay } from '../habits.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import { atTill, DAY_MS, HOUR_MS, localAmount, MINUTE_MS, type Payment } from '../payment.ts';
import { FAR_PLACES } from '../places.ts';
import { fraud } from '../truth.ts';

const TRADES: readonly Trade[] = ['cash', 'electronics', 'jewelry', 'clothes', 'restaurant'];

/** A copy of the card is used far away, soon after its holder used it at home. */
export function impossibleTravel(incident: Incident): Payment[] {
  const { cardholder, city, random, number } = incident;
  const truth = fraud('impossible_travel', number);
  const shops = city.abroad.get(random.pick(FAR_PLACES))!;
  const longestPauseMs = random.pick([15, 40, 90]) * MINUTE_MS;
  const payments: Payment[] = [];

  let atMs = lastUseAtHome(incident) + random.between(12 * MINUTE_MS, 210 * MINUTE_MS);
  for (let left = random.between(1, 5); left > 0; left--) {
    const merchant = random.pick(shops[random.pick(TRADES)]);
    const entryMode = random.perMille(750) ? 'magstripe' : 'contactless';
    const details = atTill(cardholder, merchant, price(merchant, incident), entryMode);
    payments.push(planted(incident, atMs, details, truth));
    atMs += random.between(3 * MINUTE_MS, longestPauseMs);
  }
  return payments;
}

function price({ medianMinor, place }: Merchant, { random }: Incident): number {
  return localAmount(around(Math.min(medianMinor * 2, 60_000), random), place);
}

/** The holder's own last use of the card at a till before some moment of the incident. */
function lastUseAtHome(incident: Incident): number {
  const { cardholder, city, fromMs } = incident;
  const latestMs = startOf(incident, 10 * HOUR_MS) + 3 * HOUR_MS;
  for (let day = Math.floor(latestMs / DAY_MS); day * DAY_MS >= fromMs - DAY_MS; day--) {
    const uses = paymentsOfDay(cardholder, day, city)
      .filter(({ atMs, details }) => atMs <= latestMs && atMs >= fromMs && details.latitude !== undefined)
      .map(({ atMs }) => atMs);
    if (uses.length > 0) return Math.max(...uses);
  }
  return latestMs;
}
