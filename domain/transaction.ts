import { z } from 'zod';
import { isCountryCode } from './codes/countries.ts';
import { currencyExponent } from './codes/currencies.ts';
import { parseOccurredAt } from './occurred-at.ts';

/** Identifiers are 1..128 printable ASCII characters (0x21-0x7E), compared byte for byte. */
const identifier = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters without spaces');

const occurredAt = z.string().superRefine((text, context) => {
  const parsed = parseOccurredAt(text);
  if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
});

const country = z.string().refine(isCountryCode, 'must be an ISO 3166-1 alpha-2 code such as "DE"');

const scalar = z.union([z.string().max(256), z.number(), z.boolean()]);

/**
 * A payment as its system submits it, flat, so that rules read its fields by name.
 * Amounts are integers in minor units of `currency` (ISO 4217), 0..2^53-1.
 */
export const transactionSchema = z
  .strictObject({
    transactionId: identifier.describe('The payment system’s own id; unique within the account'),
    accountId: identifier.describe('The account that pays; the key of all order'),
    amountMinor: z.int().min(0).describe('Amount in minor units of the currency (cents for EUR), 0..2^53-1'),
    currency: z
      .string()
      .refine((code) => currencyExponent(code) !== undefined, 'must be an ISO 4217 code such as "EUR"')
      .describe('ISO 4217 alphabetic code'),
    occurredAt: occurredAt.describe('When it happened: RFC 3339, at most three decimals, no leap second'),
    merchantId: identifier,
    merchantCategory: z.string().regex(/^\d{4}$/, 'must be a four-digit ISO 18245 code such as "5411"'),
    merchantCountry: country,
    country: country.describe('Where the payment was made, ISO 3166-1 alpha-2'),
    counterpartyId: identifier.describe('Payee or payer of a transfer'),
    channel: z.enum(['card_present', 'card_not_present', 'atm', 'transfer', 'direct_debit', 'other']),
    entryMode: z.enum(['chip', 'contactless', 'magstripe', 'keyed', 'ecommerce', 'credential_on_file', 'token', 'other']),
    direction: z.enum(['debit', 'credit']),
    type: z.enum(['authorization', 'capture', 'refund', 'transfer', 'deposit', 'withdrawal', 'verification']),
    cardToken: identifier.describe('A token of the card, never its number'),
    deviceId: identifier,
    ipAddress: z.union([z.ipv4(), z.ipv6()]),
    latitude: z.number().min(-90).max(90).describe('Degrees north, WGS 84'),
    longitude: z.number().min(-180).max(180).describe('Degrees east, WGS 84'),
    outcome: z.enum(['authorised', 'declined']),
    attributes: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/), scalar)
      .refine((attributes) => Object.keys(attributes).length <= 32, 'must have at most 32 entries')
      .describe('Up to 32 scalar values of your own; a rule set declares those it reads under fields:'),
  })
  .partial()
  .required({ transactionId: true, accountId: true, amountMinor: true, currency: true, occurredAt: true });

export type Transaction = z.infer<typeof transactionSchema>;

/** A value a transaction field may have. */
export type FieldValue = string | number | boolean;
export type FieldType = 'number' | 'string' | 'boolean';

/** Fields that say where a person is: stored in an envelope of their own, so that they can be erased. */
export const PERSONAL_FIELDS = ['ipAddress', 'latitude', 'longitude'] as const;

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
