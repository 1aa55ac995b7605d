import { z } from 'zod';
import { currencyExponent } from './codes/currencies.ts';
import { type FieldProblem, fieldProblems } from './door/field-problems.ts';

/** Rates to one base currency, as they were published. */
export interface RateTable {
  /** 1 for the first table ever published. */
  version: number;
  /** ISO 4217. */
  base: string;
  /** One unit (not minor unit) of a currency is worth `rates[currency]` units of `base`: decimal strings, exact. */
  rates: Readonly<Record<string, string>>;
}

const currency = z
  .string()
  .refine((code) => currencyExponent(code) !== undefined, 'must be an ISO 4217 code such as "EUR"');

const rate = z
  .string()
  .regex(
    /^\d{1,12}(?:\.\d{1,12})?$/,
    'must be a decimal of at most 12 digits before and after the point, such as "1.0873"',
  )
  .refine((text) => /[1-9]/.test(text), 'must be greater than 0');

/** A rate table before it has a version. */
export const ratesSchema = z
  .strictObject({
    base: currency.describe('The currency all amounts are compared in, ISO 4217'),
    rates: z
      .record(z.string(), rate)
      .describe('Units of the base currency one unit of each currency is worth, as decimal strings'),
  })
  .superRefine(({ base, rates }, context) => {
    for (const [code, value] of Object.entries(rates)) {
      const path = ['rates', code];
      if (currencyExponent(code) === undefined) {
        context.addIssue({ code: 'custom', path, message: 'is no ISO 4217 code with a minor unit' });
      } else if (code === base && Number(value) !== 1) {
        context.addIssue({ code: 'custom', path, message: 'is the base currency: its rate can only be "1"' });
      }
    }
  });

export type Rates = z.infer<typeof ratesSchema>;

/** Checks a rate table someone hands in. */
export function parseRates(value: unknown): { rates: Rates } | { problems: FieldProblem[] } {
  const parsed = ratesSchema.safeParse(value);
  if (parsed.success) return { rates: parsed.data };
  return { problems: fieldProblems(parsed.error, value, { root: 'rates', known: ['base', 'rates'] }) };
}

/**
 * An amount in minor units of `currency`, as minor units of the table's base currency: exact, rounded once, half
 * to even.
 *
 * @param amountMinor 0..2^53-1
 * @returns null where the table has no rate for the currency or the result exceeds 2^53-1
 */
export function toBaseMinor(amountMinor: number, currency: string, table: RateTable): number | null {
  if (currency === table.base) return amountMinor;
  if (!Object.hasOwn(table.rates, currency)) return null;
  const from = currencyExponent(currency);
  const to = currencyExponent(table.base);
  if (from === undefined || to === undefined) return null;
  const text = table.rates[currency]!;
  const point = text.indexOf('.');
  const decimals = point === -1 ? 0 : text.length - point - 1;
  const digits = point === -1 ? text : text.slice(0, point) + text.slice(point + 1);
  return scaled(amountMinor, digits, to - from - decimals);
}

/** amount * digits * 10^shift, half to even; in doubles while they are exact. */
function scaled(amount: number, digits: string, shift: number): number | null {
  const product = amount * Number(digits);
  if (product > Number.MAX_SAFE_INTEGER || shift > 0 || shift < -MOST_SHIFT) {
    return scaledBig(BigInt(amount) * BigInt(digits), shift);
  }
  const divisor = POWERS_OF_TEN[-shift]!;
  const remainder = product % divisor;
  const quotient = (product - remainder) / divisor;
  const twice = 2 * remainder;
  return twice > divisor || (twice === divisor && quotient % 2 === 1) ? quotient + 1 : quotient;
}

function scaledBig(product: bigint, shift: number): number | null {
  const divisor = 10n ** BigInt(Math.max(-shift, 0));
  const value = product * 10n ** BigInt(Math.max(shift, 0));
  const quotient = value / divisor;
  const twice = 2n * (value % divisor);
  const rounded = twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
  return rounded > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(rounded);
}

/** Powers whose double is an exact divisor: 2 * remainder stays below 2^53. */
const MOST_SHIFT = 15;
const POWERS_OF_TEN = Array.from({ length: MOST_SHIFT + 1 }, (_, n) => Number(`1e${n}`));
