import { isCountryCode } from '../codes/countries.ts';
import { currencyExponent } from '../codes/currencies.ts';
import { isIpAddress } from '../codes/ip-address.ts';
import { parseOccurredAt } from '../occurred-at.ts';
import {
  ATTRIBUTE_NAME,
  CHANNELS,
  DIRECTIONS,
  ENTRY_MODES,
  IDENTIFIER,
  isStorableText,
  LONGEST_ATTRIBUTE,
  MERCHANT_CATEGORY,
  MOST_ATTRIBUTES,
  OUTCOMES,
  TRANSACTION_TYPES,
  type Transaction,
} from '../transaction.ts';

/**
 * Whether a plain object meets `transactionSchema`: the same answer some five times sooner. Where it says no, the
 * schema says why.
 */
export function isTransaction(value: unknown): value is Transaction {
  if (!isPlainObject(value)) return false;
  let required = 0;
  for (const key in value) {
    const check = CHECKS.get(key);
    if (check === undefined || !check(value[key])) return false;
    if (REQUIRED.has(key)) required++;
  }
  return required === REQUIRED.size;
}

type Check = (value: unknown) => boolean;

const identifier: Check = (value) => typeof value === 'string' && IDENTIFIER.test(value);
const country: Check = (value) => typeof value === 'string' && isCountryCode(value);
const oneOf = (values: readonly string[]): Check => {
  const allowed = new Set<unknown>(values);
  return (value) => allowed.has(value);
};
const within =
  (limit: number): Check =>
  (value) =>
    typeof value === 'number' && value >= -limit && value <= limit;

const REQUIRED = new Set(['transactionId', 'accountId', 'amountMinor', 'currency', 'occurredAt']);

const CHECKS: ReadonlyMap<string, Check> = new Map<keyof Transaction, Check>([
  ['transactionId', identifier],
  ['accountId', identifier],
  ['amountMinor', (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  ['currency', (value) => typeof value === 'string' && currencyExponent(value) !== undefined],
  ['occurredAt', (value) => typeof value === 'string' && typeof parseOccurredAt(value) === 'number'],
  ['merchantId', identifier],
  ['merchantCategory', (value) => typeof value === 'string' && MERCHANT_CATEGORY.test(value)],
  ['merchantCountry', country],
  ['country', country],
  ['counterpartyId', identifier],
  ['channel', oneOf(CHANNELS)],
  ['entryMode', oneOf(ENTRY_MODES)],
  ['direction', oneOf(DIRECTIONS)],
  ['type', oneOf(TRANSACTION_TYPES)],
  ['cardToken', identifier],
  ['deviceId', identifier],
  ['ipAddress', (value) => typeof value === 'string' && isIpAddress(value)],
  ['latitude', within(90)],
  ['longitude', within(180)],
  ['outcome', oneOf(OUTCOMES)],
  ['attributes', isAttributes],
]);

function isAttributes(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  let count = 0;
  for (const key in value) {
    count++;
    if (!ATTRIBUTE_NAME.test(key) || !isAttribute(value[key])) return false;
  }
  return count <= MOST_ATTRIBUTES;
}

function isAttribute(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= LONGEST_ATTRIBUTE && isStorableText(value);
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
