import { around, roundedTo } from '../amounts.ts';
import { foreignDevice } from '../cardholder.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import {
  HOUR_MS,
  localAmount,
  MINUTE_MS,
  online,
  type Payment,
  type PaymentDetails,
  transfer,
} from '../payment.ts';
import { HOME, PLACES } from '../places.ts';
import { fraud } from '../truth.ts';

/**
 * Someone has got into the account: a device never seen, in another country, tries little, then sends more and
 * more to a payee never seen.
 */
export function accountTakeover(incident: Incident): Payment[] {
  const { cardholder, city, random, number } = incident;
  const truth = fraud('account_takeover', number);
  const thief = foreignDevice(random.pick(PLACES).country, random);
  const payees = Array.from({ length: random.between(1, 2) }, () => `payee-${random.hex(10)}`);
  const longestPauseMs = random.pick([20 * MINUTE_MS, 90 * MINUTE_MS, 4 * HOUR_MS]);
  const payments: Payment[] = [];
  const take = (details: PaymentDetails) => payments.push(planted(incident, atMs, details, truth));

  let atMs = startOf(incident, 34 * HOUR_MS);
  if (random.perMille(500)) {
    const merchant = random.pick(city.home[random.pick(['digital', 'web_shop'] as const)]);
    take(online(cardholder, merchant, localAmount(around(1_500, random), merchant.place), thief));
    atMs += random.between(3 * MINUTE_MS, longestPauseMs);
  }
  let amountMinor = random.between(3_000, 20_000);
  for (let left = random.between(4, 8); left > 0; left--) {
    take(
      transfer(
        random.pick(payees),
        roundedTo(random.pick([100, 1_000, 5_000]), amountMinor),
        HOME.currency,
        thief,
      ),
    );
    amountMinor = Math.floor((amountMinor * random.between(1_300, 2_400)) / 1_000);
    atMs += random.between(2 * MINUTE_MS, longestPauseMs);
  }
  return payments;
}
