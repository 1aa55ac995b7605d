import type { Transaction } from '../../domain/transaction.ts';
import type { Cardholder } from './cardholder.ts';
import { isOnline, type Merchant, type Place } from './city.ts';
import type { Truth } from './truth.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export type PaymentDetails = Omit<Transaction, 'transactionId' | 'accountId' | 'occurredAt'>;

/** A payment before it has an id and a date. */
export interface Payment {
  /** Milliseconds since the first midnight of the simulated days. */
  atMs: number;
  accountId: string;
  details: PaymentDetails;
  /** Null for what is neither fraud nor a planted look-alike. */
  truth: Truth | null;
}

/** What someone pays from when not at a till. */
export interface Device {
  deviceId: string;
  ipAddress: string;
  country: string;
}

/** A card used at a till or a machine. */
export function atTill(
  cardholder: Cardholder,
  merchant: Merchant,
  amountMinor: number,
  entryMode: 'chip' | 'contactless' | 'magstripe',
): PaymentDetails {
  const isCash = merchant.trade === 'cash';
  return {
    amountMinor,
    currency: merchant.place.currency,
    merchantId: merchant.merchantId,
    merchantCategory: merchant.category,
    merchantCountry: merchant.place.country,
    country: merchant.place.country,
    channel: isCash ? 'atm' : 'card_present',
    entryMode,
    direction: 'debit',
    type: isCash ? 'withdrawal' : 'authorization',
    cardToken: cardholder.cardToken,
    latitude: merchant.latitude,
    longitude: merchant.longitude,
    outcome: 'authorised',
  };
}

/** A card's details used in a shop on the net. */
export function online(
  cardholder: Cardholder,
  merchant: Merchant,
  amountMinor: number,
  device: Device,
): PaymentDetails {
  return {
    amountMinor,
    currency: merchant.place.currency,
    merchantId: merchant.merchantId,
    merchantCategory: merchant.category,
    merchantCountry: merchant.place.country,
    country: device.country,
    channel: 'card_not_present',
    entryMode: 'ecommerce',
    direction: 'debit',
    type: 'authorization',
    cardToken: cardholder.cardToken,
    deviceId: device.deviceId,
    ipAddress: device.ipAddress,
    outcome: 'authorised',
  };
}

/** Money sent to another account from an app. */
export function transfer(
  counterpartyId: string,
  amountMinor: number,
  currency: string,
  device: Device,
): PaymentDetails {
  return {
    amountMinor,
    currency,
    country: device.country,
    counterpartyId,
    channel: 'transfer',
    direction: 'debit',
    type: 'transfer',
    deviceId: device.deviceId,
    ipAddress: device.ipAddress,
    outcome: 'authorised',
  };
}

/** An amount in euro cents as minor units of the place's currency. */
export function localAmount(euroCents: number, place: Place): number {
  return Math.max(1, Math.round((euroCents * place.minorPerEuro) / 100));
}

/** A purchase as this merchant takes it: over the net or at the till. */
export function purchase(
  cardholder: Cardholder,
  merchant: Merchant,
  euroCents: number,
  device: Device,
  entryMode: 'chip' | 'contactless',
): PaymentDetails {
  const amountMinor = localAmount(euroCents, merchant.place);
  return isOnline(merchant)
    ? online(cardholder, merchant, amountMinor, device)
    : atTill(cardholder, merchant, amountMinor, entryMode);
}
