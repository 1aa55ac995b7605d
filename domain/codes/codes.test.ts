import { describe, expect, test } from '@jest/globals';
import { COUNTRY_CODES, isCountryCode } from './countries.ts';
import { currencyExponent } from './currencies.ts';

describe('currencies', () => {
  test.each([
    ['EUR', 2],
    ['USD', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['MRU', 2],
    ['BGN', 2],
  ])('%s has %i decimals', (code, exponent) => expect(currencyExponent(code)).toBe(exponent));

  test.each(['', 'eur', 'EURO', 'EU', 'DEM', 'XAU', 'XXX', 'XTS', '978', '__proto__', 'constructor', 'EUR '])(
    '%j is no currency with a minor unit',
    (code) => expect(currencyExponent(code)).toBeUndefined(),
  );
});

describe('countries', () => {
  test('all 249 officially assigned codes, each once, in order', () => {
    expect(new Set(COUNTRY_CODES).size).toBe(249);
    expect(COUNTRY_CODES).toEqual([...COUNTRY_CODES].sort());
    expect(COUNTRY_CODES.every(isCountryCode)).toBe(true);
  });

  test.each(['', 'de', 'DEU', 'XK', 'UK', 'EU', 'AN', 'ZZ', '__proto__', 'toString'])('%j is none', (code) =>
    expect(isCountryCode(code)).toBe(false),
  );
});
