import { around, asPrice } from '../amounts.ts';
import { foreignDevice, homeDevice } from '../cardholder.ts';
import type { Trade } from '../city.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import { HOUR_MS, MINUTE_MS, type Payment, purchase, SECOND_MS } from '../payment.ts';
import { PLACES } from '../places.ts';
import { fraud } from '../truth.ts';

const AT_TILL: readonly Trade[] = ['groceries', 'pharmacy', 'clothes', 'electronics', 'fuel', 'cafe'];
const ON_THE_NET: readonly Trade[] = ['web_shop', 'web_gift_cards', 'digital', 'web_electronics'];

/** A found or copied card is used as often as it will go before it is missed: shop after shop within the hour. */
export function velocityBurst(incident: Incident): Payment[] {
  const { cardholder, city, random, number } = incident;
  const truth = fraud('velocity_burst', number);
  const isAtTill = random.perMille(550);
  const device = random.perMille(500)
    ? homeDevice(random)
    : foreignDevice(random.pick(PLACES).country, random);
  const slowestMs = random.between(2, 7) * MINUTE_MS;
  const count = random.between(8, 22);
  const payments: Payment[] = [];

  let atMs = startOf(incident, 3 * HOUR_MS);
  for (let i = 0; i < count; i++) {
    const merchant = random.pick(city.home[random.pick(isAtTill ? AT_TILL : ON_THE_NET)]);
    const euroCents = asPrice(around(random.between(2_500, 7_000), random), random);
    const details = purchase(
      cardholder,
      merchant,
      euroCents,
      device,
      euroCents < 5_000 ? 'contactless' : 'chip',
    );
    const isLast = i > count - 4;
    const outcome = isLast && random.perMille(600) ? 'declined' : details.outcome;
    payments.push(planted(incident, atMs, { ...details, outcome }, truth));
    atMs += random.between(25 * SECOND_MS, slowestMs);
  }
  return payments;
}
