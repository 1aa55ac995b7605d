import { around, asPrice, roundedTo } from './amounts.ts';
import { type Cardholder, phoneAt, type Trip } from './cardholder.ts';
import type { City, Merchant, Trade } from './city.ts';
import {
  atTill,
  DAY_MS,
  HOUR_MS,
  localAmount,
  MINUTE_MS,
  type Payment,
  type PaymentDetails,
  purchase,
  SECOND_MS,
  transfer,
} from './payment.ts';
import { HOME } from './places.ts';
import type { Random } from './random.ts';
import { lookAlike, type Truth } from './truth.ts';

/** What people go out for: how often on weekdays and at weekends, and at which of the 24 hours (a digit each). */
interface Errand {
  trade: Trade;
  weekday: number;
  weekend: number;
  hours: readonly number[];
}

const AT_TILL: readonly Errand[] = [
  errand('groceries', 30, 28, '000000124433334579853100'),
  errand('cafe', 22, 12, '000000278533863322111000'),
  errand('restaurant', 10, 22, '000000000001684112699631'),
  errand('transit', 14, 6, '000001498322222479532211'),
  errand('fuel', 5, 6, '000000356433334457642100'),
  errand('pharmacy', 4, 3, '000000002455334565310000'),
  errand('clothes', 4, 9, '000000000135556666530000'),
  errand('leisure', 3, 9, '000000000112233345799520'),
  errand('taxi', 2, 6, '642100132111111123455677'),
  errand('electronics', 1, 2, '000000000135555566420000'),
  errand('cash', 6, 7, '100000123455555566432211'),
];
const ON_THE_NET: readonly Errand[] = [
  errand('web_shop', 50, 50, '211000122344433344568974'),
  errand('digital', 30, 32, '431000012223333445678986'),
  errand('web_electronics', 5, 5, '110000011233333344568862'),
  errand('donations', 3, 3, '000000011233333344567640'),
  errand('web_travel', 3, 4, '000000011233333344567840'),
];

function errand(trade: Trade, weekday: number, weekend: number, hours: string): Errand {
  return { trade, weekday, weekend, hours: [...hours].map(Number) };
}

/** Everything a cardholder pays and is paid on a day by habit: the same whenever it is asked for. */
export function paymentsOfDay(cardholder: Cardholder, day: number, city: City): Payment[] {
  const random = cardholder.random.fork(`day-${day}`);
  return [
    ...purchases(cardholder, day, city, random),
    ...standingPayments(cardholder, day, random),
    ...income(cardholder, day, random),
    ...transfers(cardholder, day, random),
  ];
}

function purchases(cardholder: Cardholder, day: number, city: City, random: Random): Payment[] {
  const payments: Payment[] = [];
  for (let chance = 0; chance < CHANCES_A_DAY; chance++) {
    if (!random.perMille(Math.floor(cardholder.persona.purchasesPerDayMilli / CHANCES_A_DAY))) continue;
    payments.push(...purchaseOfDay(cardholder, day, city, random));
  }
  return payments;
}

const CHANCES_A_DAY = 6;

function purchaseOfDay(cardholder: Cardholder, day: number, city: City, random: Random): Payment[] {
  const errands = random.perMille(cardholder.persona.onlinePerMille) ? ON_THE_NET : AT_TILL;
  const isWeekend = day % 7 >= 5;
  const { trade, hours } =
    errands[random.weighted(errands.map((each) => (isWeekend ? each.weekend : each.weekday)))]!;
  const hour = (random.weighted(hours) + cardholder.persona.laterHours) % 24;
  const atMs = day * DAY_MS + hour * HOUR_MS + random.below(HOUR_MS);

  const trip = cardholder.trips.find(({ leaveMs, backMs }) => atMs >= leaveMs && atMs < backMs);
  if (trip !== undefined && !isThere(trip, atMs)) return [];
  const merchant =
    trip === undefined ? shopAtHome(cardholder, trade, city, random) : shopAbroad(trip, trade, city, random);
  const details = bought(cardholder, merchant, atMs, trip, random);
  const truth: Truth | null = trip === undefined ? null : lookAlike('holiday', trip.incident);
  return declinedNowAndThen({ atMs, accountId: cardholder.accountId, details, truth }, cardholder, random);
}

function isThere(trip: Trip, atMs: number): boolean {
  return atMs >= trip.arriveMs && atMs < trip.leaveBackMs;
}

/** Mostly the shops one always goes to, the first more than the others. */
function shopAtHome(cardholder: Cardholder, trade: Trade, city: City, random: Random): Merchant {
  const usual = cardholder.usual[trade];
  if (usual === undefined || random.perMille(200)) return random.pick(city.home[trade]);
  return usual[Math.min(random.weighted([5, 3, 2]), usual.length - 1)]!;
}

function shopAbroad(trip: Trip, trade: Trade, city: City, random: Random): Merchant {
  const shops = ON_THE_NET.some((each) => each.trade === trade) ? city.home : city.abroad.get(trip.place)!;
  return random.pick(shops[trade]);
}

function bought(
  cardholder: Cardholder,
  merchant: Merchant,
  atMs: number,
  trip: Trip | undefined,
  random: Random,
): PaymentDetails {
  const medianMinor = Math.floor((merchant.medianMinor * cardholder.persona.spendingPerMille) / 1_000);
  const euroCents = around(medianMinor, random);
  if (merchant.trade === 'cash') {
    const amountMinor = localAmount(roundedTo(1_000, euroCents), merchant.place);
    return atTill(cardholder, merchant, roundedTo(10 * merchant.place.minorPerEuro, amountMinor), 'chip');
  }
  const phone = phoneAt(cardholder, atMs);
  const device =
    trip === undefined ? phone : { ...phone, country: trip.place.country, ipAddress: hotelAddress(trip) };
  const entryMode = euroCents < 5_000 && random.perMille(780) ? 'contactless' : 'chip';
  return purchase(cardholder, merchant, asPrice(euroCents, random), device, entryMode);
}

function hotelAddress(trip: Trip): string {
  return `198.51.100.${(trip.incident % 254) + 1}`;
}

/** For want of money; some try again at once. */
function declinedNowAndThen(payment: Payment, cardholder: Cardholder, random: Random): Payment[] {
  if (!random.perMille(cardholder.persona.declinedPerMille)) return [payment];
  const declined: Payment = { ...payment, details: { ...payment.details, outcome: 'declined' } };
  if (!random.perMille(400)) return [declined];
  return [declined, { ...payment, atMs: payment.atMs + random.between(15 * SECOND_MS, 4 * MINUTE_MS) }];
}

function standingPayments(cardholder: Cardholder, day: number, random: Random): Payment[] {
  return cardholder.standing
    .filter(({ dayOfMonth }) => dayOfMonth === day % 30)
    .map(({ merchant, amountMinor }) => ({
      atMs: day * DAY_MS + random.between(2 * HOUR_MS, 6 * HOUR_MS),
      accountId: cardholder.accountId,
      details: {
        amountMinor,
        currency: merchant.place.currency,
        merchantId: merchant.merchantId,
        merchantCategory: merchant.category,
        merchantCountry: merchant.place.country,
        direction: 'debit' as const,
        outcome: 'authorised' as const,
        ...(merchant.trade === 'subscription'
          ? {
              channel: 'card_not_present' as const,
              entryMode: 'credential_on_file' as const,
              type: 'authorization' as const,
              cardToken: cardholder.cardToken,
            }
          : {
              channel: 'direct_debit' as const,
              type: 'transfer' as const,
              counterpartyId: merchant.merchantId,
            }),
      },
      truth: null,
    }));
}

function income(cardholder: Cardholder, day: number, random: Random): Payment[] {
  if (day % 30 !== cardholder.payday) return [];
  const perMille = cardholder.random.fork('income').between(700, 1_500);
  const amountMinor = Math.floor((cardholder.persona.monthlyIncomeMinor * perMille) / 1_000);
  return [
    {
      atMs: day * DAY_MS + random.between(5 * HOUR_MS, 8 * HOUR_MS),
      accountId: cardholder.accountId,
      details: {
        amountMinor,
        currency: HOME.currency,
        counterpartyId: cardholder.employerId,
        channel: 'transfer',
        direction: 'credit',
        type: 'deposit',
        outcome: 'authorised',
      },
      truth: null,
    },
  ];
}

/** To friends and family, now and then to someone new. */
function transfers(cardholder: Cardholder, day: number, random: Random): Payment[] {
  if (!random.perMille(60)) return [];
  const atMs = day * DAY_MS + random.between(8 * HOUR_MS, 23 * HOUR_MS);
  const trip = cardholder.trips.find(({ leaveMs, backMs }) => atMs >= leaveMs && atMs < backMs);
  if (trip !== undefined) return [];
  const payee = random.perMille(120) ? `payee-${random.hex(10)}` : random.pick(cardholder.payees);
  const amountMinor = roundedTo(500, around(Math.floor(cardholder.persona.monthlyIncomeMinor / 60), random));
  const details = transfer(payee, amountMinor, HOME.currency, phoneAt(cardholder, atMs));
  return [{ atMs, accountId: cardholder.accountId, details, truth: null }];
}
