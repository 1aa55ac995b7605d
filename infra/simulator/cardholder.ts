import { around, asPrice } from './amounts.ts';
import type { City, Merchant, Trade } from './city.ts';
import { DAY_MS, type Device } from './payment.ts';
import { PERSONAS, type Persona } from './personas.ts';
import type { Place } from './places.ts';
import { HOME } from './places.ts';
import type { Random } from './random.ts';

/** What is paid every month on a day of it. */
export interface Standing {
  merchant: Merchant;
  amountMinor: number;
  dayOfMonth: number;
}

/** Away from home; times are milliseconds since the first midnight. */
export interface Trip {
  place: Place;
  leaveMs: number;
  arriveMs: number;
  leaveBackMs: number;
  backMs: number;
  incident: number;
}

export interface Cardholder {
  accountId: string;
  cardToken: string;
  persona: Persona;
  phone: Device;
  /** A new phone replaces the old from then on. */
  nextPhone: { device: Device; fromMs: number } | null;
  /** Favorite shops, most visited first. */
  usual: Readonly<Partial<Record<Trade, readonly Merchant[]>>>;
  standing: readonly Standing[];
  payday: number;
  employerId: string;
  payees: readonly string[];
  /** Filled in when trips are planned. */
  trips: Trip[];
  random: Random;
}

const FAVORITES: readonly Trade[] = [
  'groceries',
  'restaurant',
  'cafe',
  'transit',
  'taxi',
  'fuel',
  'pharmacy',
  'clothes',
  'leisure',
  'cash',
  'web_shop',
  'digital',
];

/** @param days how many are simulated */
export function makeCardholder(accountId: string, city: City, days: number, random: Random): Cardholder {
  const persona = PERSONAS[random.weighted(PERSONAS.map(({ share }) => share))]!;
  const phone = homeDevice(random);
  const hasNextPhone = random.perMille(days);
  const nextPhone = {
    device: { ...homeDevice(random), ipAddress: phone.ipAddress },
    fromMs: random.below(days * DAY_MS),
  };
  return {
    accountId,
    cardToken: `card-${random.hex(12)}`,
    persona,
    phone,
    nextPhone: hasNextPhone ? nextPhone : null,
    usual: Object.fromEntries(FAVORITES.map((trade) => [trade, favorites(city.home[trade], random)])),
    standing: standingOrders(city, persona, random),
    payday: random.pick([1, 15, 24, 25, 26, 27]),
    employerId: `employer-${random.between(1, 120)}`,
    payees: Array.from({ length: random.between(1, 5) }, () => `payee-${random.hex(10)}`),
    trips: [],
    random,
  };
}

/** A device at home, on an address of the range kept for tests (RFC 2544). */
export function homeDevice(random: Random): Device {
  return {
    deviceId: `dev-${random.hex(12)}`,
    ipAddress: `198.${random.between(18, 19)}.${random.below(256)}.${random.between(1, 254)}`,
    country: HOME.country,
  };
}

/** A device on an address of a range kept for documents (RFC 5737), in that country. */
export function foreignDevice(country: string, random: Random): Device {
  return {
    deviceId: `dev-${random.hex(12)}`,
    ipAddress: `203.0.113.${random.between(1, 254)}`,
    country,
  };
}

/** The phone someone has at a time, where they are then. */
export function phoneAt(cardholder: Cardholder, atMs: number): Device {
  const { nextPhone, phone } = cardholder;
  return nextPhone !== null && atMs >= nextPhone.fromMs ? nextPhone.device : phone;
}

function favorites(shops: readonly Merchant[], random: Random): Merchant[] {
  return Array.from({ length: Math.min(3, shops.length) }, () => random.pick(shops));
}

function standingOrders(city: City, persona: Persona, random: Random): Standing[] {
  const trades: Trade[] = ['utilities', 'insurance', 'subscription', 'subscription', 'subscription'];
  return trades
    .filter(() => random.perMille(650))
    .map((trade) => {
      const merchant = random.pick(city.home[trade]);
      const medianMinor = Math.floor(
        (merchant.medianMinor * Math.min(persona.spendingPerMille, 1_500)) / 1_000,
      );
      return {
        merchant,
        amountMinor: asPrice(around(medianMinor, random), random),
        dayOfMonth: random.below(30),
      };
    });
}
