import { z } from 'zod';
import { isCountryCode } from './codes/countries.ts';
import { currencyExponent } from './codes/currencies.ts';
import { isIpAddress } from './codes/ip-address.ts';
import { parseOccurredAt } from './occurred-at.ts';

export const CHANNELS = [
  'card_present',
  'card_not_present',
  'atm',
  'transfer',
  'direct_debit',
  'other',
] as const;
export const ENTRY_MODES = [
  'chip',
  'contactless',
  'magstripe',
  'keyed',
  'ecommerce',
  'credential_on_file',
  'token',
  'other',
] as const;
export const DIRECTIONS = ['debit', 'credit'] as const;
export const TRANSACTION_TYPES = [
  'authorization',
  'capture',
  'refund',
  'transfer',
  'deposit',
  'withdrawal',
  'verification',
] as const;
export const OUTCOMES = ['authorised', 'declined'] as const;

/** Identifiers are 1..128 printable ASCII characters (0x21-0x7E), compared byte for byte. */
export const IDENTIFIER = /^[\x21-\x7e]{1,128}$/;
export const MERCHANT_CATEGORY = /^\d{4}$/;
export const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
export const MOST_ATTRIBUTES = 32;
/** UTF-16 units of an attribute's text. */
export const LONGEST_ATTRIBUTE = 256;

/** Text that every store and every reader keeps as it is: no NUL, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

export const identifier = z
  .string()
  .regex(IDENTIFIER, 'must be 1 to 128 printable ASCII characters without spaces');

const currency = z.string().superRefine((code, context) => {
  if (currencyExponent(code) !== undefined) return;
  const upper = code.slice(0, 3).toUpperCase();
  const meant =
    code.length === 3 && currencyExponent(upper) !== undefined ? `: send "${upper}"` : ' such as "EUR"';
  context.addIssue({
    code: 'custom',
    message: `must be an ISO 4217 code with a minor unit, in upper case${meant}`,
  });
});

/** RFC 3339; see parseOccurredAt. */
export const instant = z.string().superRefine((text, context) => {
  const parsed = parseOccurredAt(text);
  if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
});

const country = z.string().superRefine((code, context) => {
  if (isCountryCode(code)) return;
  const upper = code.slice(0, 2).toUpperCase();
  const meant = code.length === 2 && isCountryCode(upper) ? `: send "${upper}"` : ' such as "DE"';
  context.addIssue({ code: 'custom', message: `must be an ISO 3166-1 alpha-2 code in upper case${meant}` });
});

const attribute = z.union(
  [
    z.string().max(LONGEST_ATTRIBUTE).refine(isStorableText, 'must be well-formed Unicode without NUL'),
    z.number(),
    z.boolean(),
  ],
  { error: 'must be a string, a finite number, true or false' },
);

/**
 * A payment as its system submits it, flat, so that rules read its fields by name.
 * Amounts are integers in minor units of `currency` (ISO 4217), 0..2^53-1.
 */
export const transactionSchema = z
  .strictObject({
    transactionId: identifier.describe('The payment system’s own id; unique within the account'),
    accountId: identifier.describe('The account that pays; the key of all order'),
    amountMinor: z.int().min(0).describe('Amount in minor units of the currency (cents for EUR), 0..2^53-1'),
    currency: currency.describe('ISO 4217 alphabetic code'),
    occurredAt: instant.describe('When it happened: RFC 3339, at most three decimals, no leap second'),
    merchantId: identifier,
    merchantCategory: z
      .string()
      .regex(MERCHANT_CATEGORY, 'must be a four-digit ISO 18245 code such as "5411"'),
    merchantCountry: country,
    country: country.describe('Where the payment was made, ISO 3166-1 alpha-2'),
    counterpartyId: identifier.describe('Payee or payer of a transfer'),
    channel: z.enum(CHANNELS),
    entryMode: z.enum(ENTRY_MODES),
    direction: z.enum(DIRECTIONS),
    type: z.enum(TRANSACTION_TYPES),
    cardToken: identifier.describe('A token of the card, never its number'),
    deviceId: identifier,
    ipAddress: z.string().refine(isIpAddress, 'must be an IPv4 or IPv6 address').describe('IPv4 or IPv6'),
    latitude: z.number().min(-90).max(90).describe('Degrees north, WGS 84'),
    longitude: z.number().min(-180).max(180).describe('Degrees east, WGS 84'),
    outcome: z.enum(OUTCOMES),
    attributes: z
      .record(
        z
          .string()
          .regex(ATTRIBUTE_NAME, 'must be named by a letter, then up to 63 letters, digits or underscores'),
        attribute,
      )
      .refine(
        (attributes) => Object.keys(attributes).length <= MOST_ATTRIBUTES,
        `must have at most ${MOST_ATTRIBUTES} entries`,
      )
      .describe('Up to 32 scalar values of your own; a rule set declares those it reads under fields:'),
  })
  .partial()
  .required({ transactionId: true, accountId: true, amountMinor: true, currency: true, occurredAt: true });

export type Transaction = z.infer<typeof transactionSchema>;

/** A value a transaction field may have. */
export type FieldValue = string | number | boolean;
export type FieldType = 'number' | 'string' | 'boolean';

/** Fields that say where a person is: stored in an envelope of their own, so that they can be erased. */
export const PERSONAL_FIELDS: readonly string[] = ['ipAddress', 'latitude', 'longitude'];

/**
 * The fields of a transaction that rules and features may read by name, and their types.
 * `amountBaseMinor` is not submitted: it is the amount in the base currency, converted once at the door
 * (missing where there was no rate).
 */
export const TRANSACTION_FIELDS: Readonly<Record<string, FieldType>> = {
  transactionId: 'string',
  accountId: 'string',
  amountMinor: 'number',
  amountBaseMinor: 'number',
  currency: 'string',
  merchantId: 'string',
  merchantCategory: 'string',
  merchantCountry: 'string',
  country: 'string',
  counterpartyId: 'string',
  channel: 'string',
  entryMode: 'string',
  direction: 'string',
  type: 'string',
  cardToken: 'string',
  deviceId: 'string',
  ipAddress: 'string',
  latitude: 'number',
  longitude: 'number',
  outcome: 'string',
};
