import { around, asPrice, roundedTo } from '../amounts.ts';
import { phoneAt } from '../cardholder.ts';
import type { Trade } from '../city.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import { atTill, DAY_MS, HOUR_MS, MINUTE_MS, type Payment, purchase } from '../payment.ts';
import { fraud } from '../truth.ts';

const TRADES: readonly Trade[] = [
  'electronics',
  'jewelry',
  'web_electronics',
  'web_gift_cards',
  'furniture',
  'cash',
];

/** The holder of a quiet account means never to pay: within days the limit is spent on what can be sold on. */
export function bustOut(incident: Incident): Payment[] {
  const { cardholder, random, number } = incident;
  const truth = fraud('bust_out', number);
  const days = random.between(1, 3);
  const aDay = random.between(5, 9);
  const typicalMinor = random.between(25_000, 80_000);
  const firstDay = Math.ceil(startOf(incident, (days + 1) * DAY_MS) / DAY_MS);
  const payments: Payment[] = [];
  for (let day = firstDay; day < firstDay + days; day++) {
    let atMs = day * DAY_MS + random.between(9 * HOUR_MS, 12 * HOUR_MS);
    for (let left = aDay; left > 0; left--) {
      payments.push(planted(incident, atMs, spending(incident, atMs, typicalMinor), truth));
      atMs += random.between(6 * MINUTE_MS, 80 * MINUTE_MS);
    }
  }
  const refusedFrom = payments.length - random.between(0, 3);
  return payments.map((payment, i) =>
    i < refusedFrom ? payment : { ...payment, details: { ...payment.details, outcome: 'declined' as const } },
  );

  function spending({ city }: Incident, atMs: number, medianMinor: number) {
    const merchant = random.pick(city.home[random.pick(TRADES)]);
    const amountMinor = asPrice(around(medianMinor, random), random);
    return merchant.trade === 'cash'
      ? atTill(cardholder, merchant, Math.min(roundedTo(5_000, amountMinor), 100_000), 'chip')
      : purchase(cardholder, merchant, amountMinor, phoneAt(cardholder, atMs), 'chip');
  }
}
