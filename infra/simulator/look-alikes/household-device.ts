import { around, asPrice } from '../amounts.ts';
import type { Cardholder } from '../cardholder.ts';
import { type Incident, planted, startOf } from '../incident.ts';
import { type Device, HOUR_MS, localAmount, MINUTE_MS, online, type Payment } from '../payment.ts';
import { lookAlike } from '../truth.ts';

/**
 * Two of a household: one orders on the other's tablet or phone, with the own card, from the same address.
 * For the account it is a new device; for the device it is another account.
 */
export function householdDevice(partner: Cardholder): (incident: Incident) => Payment[] {
  return (incident) => {
    const { cardholder, city, random, number } = incident;
    const device: Device = partner.phone;
    const payments: Payment[] = [];
    let atMs = startOf(incident, 30 * HOUR_MS);
    for (let left = random.between(1, 3); left > 0; left--) {
      const merchant = random.pick(
        city.home[random.pick(['web_shop', 'digital', 'web_electronics'] as const)],
      );
      const amountMinor = localAmount(asPrice(around(merchant.medianMinor, random), random), merchant.place);
      const details = online(cardholder, merchant, amountMinor, device);
      payments.push(planted(incident, atMs, details, lookAlike('household_device', number)));
      atMs += random.between(5 * MINUTE_MS, 9 * HOUR_MS);
    }
    return payments;
  };
}
