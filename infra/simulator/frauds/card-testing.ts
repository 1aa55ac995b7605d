import { foreignDevice } from '../cardholder.ts';
import type { Merchant, Trade } from '../city.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import { type Device, HOUR_MS, localAmount, MINUTE_MS, online, type Payment, SECOND_MS } from '../payment.ts';
import { PLACES } from '../places.ts';
import { fraud } from '../truth.ts';

/**
 * Someone tries stolen card details by machine: tiny payments at many shops on the net, most of them refused,
 * until one goes through; then the card is used for what it is worth.
 */
export function cardTesting(incident: Incident): Payment[] {
  const { random, number } = incident;
  const truth = fraud('card_testing', number);
  const country = random.pick(PLACES).country;
  const bot = foreignDevice(country, random);
  const isRotating = random.perMille(400);
  const declinedPerMille = random.between(500, 850);
  const slowestMs = random.pick([8, 20, 45, 90]) * SECOND_MS;
  const payments: Payment[] = [];

  let atMs = startOf(incident, 7 * HOUR_MS);
  for (let left = random.between(8, 30); left > 0; left--) {
    const device = isRotating ? foreignDevice(country, random) : bot;
    payments.push(planted(incident, atMs, trial(incident, device, declinedPerMille), truth));
    atMs += random.between(2 * SECOND_MS, slowestMs);
  }
  for (let left = random.between(1, 2); left > 0; left--) {
    atMs += random.between(4 * MINUTE_MS, 150 * MINUTE_MS);
    payments.push(planted(incident, atMs, haul(incident, bot), truth));
  }
  return payments;
}

function trial(incident: Incident, device: Device, declinedPerMille: number) {
  const { cardholder, random } = incident;
  const merchant = shop(incident, ['donations', 'digital', 'web_shop']);
  const isFree = random.perMille(150);
  const amountMinor = isFree ? 0 : localAmount(random.between(50, 500), merchant.place);
  const details = online(cardholder, merchant, amountMinor, device);
  return {
    ...details,
    type: isFree ? ('verification' as const) : details.type,
    outcome: random.perMille(declinedPerMille) ? ('declined' as const) : details.outcome,
  };
}

function haul(incident: Incident, device: Device) {
  const { cardholder, random } = incident;
  const merchant = shop(incident, ['web_electronics', 'web_gift_cards', 'web_travel']);
  const amountMinor = localAmount(random.between(15_000, 140_000), merchant.place);
  const details = online(cardholder, merchant, amountMinor, device);
  return { ...details, outcome: random.perMille(250) ? ('declined' as const) : details.outcome };
}

function shop({ city, random }: Incident, trades: readonly Trade[]): Merchant {
  const shops = random.perMille(600) ? city.home : city.abroad.get(random.pick(PLACES))!;
  return random.pick(shops[random.pick(trades)]);
}
