import { asPrice } from '../amounts.ts';
import { phoneAt } from '../cardholder.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import { DAY_MS, HOUR_MS, type Payment, purchase } from '../payment.ts';
import { lookAlike } from '../truth.ts';

/** What one buys once a year: a sofa, a television, a ring, a summer's flights. One payment, far above the usual. */
export function yearlyPurchase(incident: Incident): Payment[] {
  const { cardholder, city, random, number } = incident;
  const day = Math.floor(startOf(incident, DAY_MS) / DAY_MS);
  const atMs = day * DAY_MS + random.between(10 * HOUR_MS, 20 * HOUR_MS);
  const trade = random.pick(['furniture', 'electronics', 'jewelry', 'web_travel', 'cars'] as const);
  const euroCents = asPrice(random.between(90_000, 600_000), random);
  const details = purchase(
    cardholder,
    random.pick(city.home[trade]),
    euroCents,
    phoneAt(cardholder, atMs),
    'chip',
  );
  return [planted(incident, Math.max(atMs, incident.fromMs), details, lookAlike('yearly_purchase', number))];
}
