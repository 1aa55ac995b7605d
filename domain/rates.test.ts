import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { currencyExponent } from './codes/currencies.ts';
import { parseRates, type RateTable, toBaseMinor } from './rates.ts';

const table = (base: string, rates: Record<string, string>): RateTable => ({ version: 1, base, rates });

describe('toBaseMinor', () => {
  test.each([
    ['the base currency stays as it is', 1_250, 'EUR', table('EUR', {}), 1_250],
    ['dollars to euros', 10_000, 'USD', table('EUR', { USD: '0.9197' }), 9_197],
    ['yen have no decimals', 1_000, 'JPY', table('EUR', { JPY: '0.0061' }), 610],
    ['dinars have three', 1_500, 'KWD', table('EUR', { KWD: '3.00' }), 450],
    ['a base without decimals', 1_250, 'EUR', table('JPY', { EUR: '163.5' }), 2_044],
    ['half to even, down', 5, 'USD', table('EUR', { USD: '0.5' }), 2],
    ['half to even, up', 7, 'USD', table('EUR', { USD: '0.5' }), 4],
    ['just above half', 5, 'USD', table('EUR', { USD: '0.500000000001' }), 3],
    ['nothing', 0, 'USD', table('EUR', { USD: '0.9' }), 0],
    ['no rate', 100, 'USD', table('EUR', { GBP: '1.1' }), null],
    ['no inherited rate', 100, 'constructor', table('EUR', {}), null],
    ['more than fits', Number.MAX_SAFE_INTEGER, 'USD', table('EUR', { USD: '1.000000000001' }), null],
    ['as much as fits', Number.MAX_SAFE_INTEGER, 'USD', table('EUR', { USD: '1' }), Number.MAX_SAFE_INTEGER],
  ])('%s', (_, amount, currency, rates, expected) => {
    expect(toBaseMinor(amount, currency, rates)).toBe(expected);
  });

  test('equals the nearest integer of the exact fraction, ties to even', () => {
    const currency = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'CLF', 'ISK');
    const rate = fc
      .tuple(fc.bigInt(0n, 10n ** 12n - 1n), fc.integer({ min: 0, max: 12 }), fc.bigInt(0n, 10n ** 12n - 1n))
      .map(([whole, decimals, part]) => {
        const fraction = part.toString().padStart(12, '0').slice(0, decimals);
        return decimals === 0 ? `${whole}` : `${whole}.${fraction}`;
      })
      .filter((text) => /[1-9]/.test(text));
    const small = fc.constantFrom('0.5', '0.25', '1.5', '0.05', '0.000005', '0.9197', '163.5');
    const amount = fc.oneof(fc.maxSafeNat(), fc.nat({ max: 100_000 }));
    fc.assert(
      fc.property(amount, currency, currency, fc.oneof(rate, small), (amountMinor, from, base, text) => {
        fc.pre(from !== base);
        const actual = toBaseMinor(amountMinor, from, table(base, { [from]: text }));
        const [numerator, denominator] = fraction(amountMinor, from, base, text);
        expect(actual).toBe(nearestEven(numerator, denominator));
      }),
      { numRuns: 5_000 },
    );
  });
});

/** The value as one fraction of whole numbers. */
function fraction(amountMinor: number, from: string, base: string, rate: string): [bigint, bigint] {
  const [whole = '', decimals = ''] = rate.split('.');
  const numerator = BigInt(amountMinor) * BigInt(whole + decimals) * 10n ** BigInt(currencyExponent(base)!);
  const denominator = 10n ** BigInt(decimals.length) * 10n ** BigInt(currencyExponent(from)!);
  return [numerator, denominator];
}

/** Looks at both neighbours: nearer wins, of two equally near the even one. */
function nearestEven(numerator: bigint, denominator: bigint): number | null {
  const below = numerator / denominator;
  const above = below + 1n;
  const toBelow = numerator - below * denominator;
  const toAbove = above * denominator - numerator;
  const nearest = toBelow < toAbove ? below : toAbove < toBelow ? above : below % 2n === 0n ? below : above;
  return nearest < 2n ** 53n ? Number(nearest) : null;
}

describe('parseRates', () => {
  test('accepts a table', () => {
    const rates = { base: 'EUR', rates: { USD: '0.9197', JPY: '0.0061', EUR: '1' } };
    expect(parseRates(rates)).toEqual({ rates });
  });

  test.each([
    ['no object', null, 'rates', /must be a JSON object, not null/],
    ['no base', { rates: {} }, 'base', /is missing/],
    ['a base that is none', { base: 'EURO', rates: {} }, 'base', /ISO 4217/],
    [
      'a rate as a number',
      { base: 'EUR', rates: { USD: 0.9 } },
      'rates.USD',
      /must be a string, not a number/,
    ],
    ['a rate of nothing', { base: 'EUR', rates: { USD: '0.000' } }, 'rates.USD', /greater than 0/],
    ['a negative rate', { base: 'EUR', rates: { USD: '-1' } }, 'rates.USD', /must be a decimal/],
    ['an exponent', { base: 'EUR', rates: { USD: '1e3' } }, 'rates.USD', /must be a decimal/],
    ['too many digits', { base: 'EUR', rates: { USD: '1.0000000000001' } }, 'rates.USD', /at most 12 digits/],
    ['no currency', { base: 'EUR', rates: { DEM: '1.95' } }, 'rates.DEM', /ISO 4217/],
    ['another rate of the base', { base: 'EUR', rates: { EUR: '1.1' } }, 'rates.EUR', /can only be "1"/],
    ['an unknown field', { base: 'EUR', rates: {}, rate: 1 }, 'rate', /did you mean "rates"/],
  ])('refuses %s', (_, value, field, problem) => {
    expect(parseRates(value)).toEqual({ problems: [{ field, problem: expect.stringMatching(problem) }] });
  });
});
