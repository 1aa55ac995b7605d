import { phoneAt } from '../cardholder.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Payment, type PaymentDetails, transfer } from '../payment.ts';
import { HOME } from '../places.ts';
import { fraud } from '../truth.ts';

/** From here on payments are reported to the authorities, in minor units. */
const LIMIT_MINOR = 1_000_000;

/** A large sum is cut into pieces that each stay just below what must be reported. */
export function structuring(incident: Incident): Payment[] {
  const { random, number } = incident;
  const truth = fraud('structuring', number);
  const way = random.pick(['deposit', 'withdrawal', 'transfer'] as const);
  const payee = `payee-${random.hex(10)}`;
  const longestPauseMs = random.pick([90 * MINUTE_MS, 5 * HOUR_MS, 14 * HOUR_MS]);
  const payments: Payment[] = [];

  let atMs = startOf(incident, 4 * DAY_MS);
  for (let left = random.between(3, 8); left > 0; left--) {
    payments.push(planted(incident, atMs, piece(incident, way, payee, atMs), truth));
    atMs += random.between(10 * MINUTE_MS, longestPauseMs);
  }
  return payments;
}

function piece(
  { cardholder, city, random }: Incident,
  way: 'deposit' | 'withdrawal' | 'transfer',
  payee: string,
  atMs: number,
): PaymentDetails {
  const below = random.perMille(500) ? random.between(1, 9) * 10_000 : random.between(500, 99_000);
  const amountMinor = LIMIT_MINOR - below;
  if (way === 'transfer') return transfer(payee, amountMinor, HOME.currency, phoneAt(cardholder, atMs));
  const branch = random.pick(city.home.cash);
  return {
    amountMinor,
    currency: HOME.currency,
    merchantId: branch.merchantId,
    country: HOME.country,
    latitude: branch.latitude,
    longitude: branch.longitude,
    channel: 'other',
    direction: way === 'deposit' ? 'credit' : 'debit',
    type: way,
    outcome: 'authorised',
  };
}
