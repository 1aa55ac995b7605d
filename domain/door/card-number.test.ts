import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holdsCardNumber, isCardNumber, textHoldsCardNumber } from './card-number.ts';

/** The issuers' published test numbers. */
const TEST_NUMBERS = [
  ['Visa', '4111111111111111'],
  ['Visa, 13 digits', '4222222222222'],
  ['Mastercard', '5555555555554444'],
  ['Mastercard, 2 series', '2223003122003222'],
  ['American Express', '378282246310005'],
  ['Discover', '6011111111111117'],
  ['Diners Club', '30569309025904'],
  ['Diners Club, 36', '36227206271667'],
  ['JCB', '3530111333300000'],
  ['UnionPay', '6240008631401148'],
  ['Maestro', '6759649826438453'],
] as const;

describe('a card number', () => {
  test.each(TEST_NUMBERS)('of %s is found, alone and after a prefix', (_, number) => {
    expect(isCardNumber(number)).toBe(true);
    expect(holdsCardNumber(number)).toBe(true);
    expect(holdsCardNumber(`card_${number}`)).toBe(true);
    expect(textHoldsCardNumber(`paid with ${number}, thanks`)).toBe(true);
  });

  test.each(TEST_NUMBERS)('of %s with another last digit is none', (_, number) => {
    const last = Number(number.at(-1));
    for (let other = 0; other < 10; other++) {
      if (other !== last) expect(holdsCardNumber(number.slice(0, -1) + other)).toBe(false);
    }
  });

  test.each([
    ['4111 1111 1111 1111'],
    ['4111-1111-1111-1111'],
    ['refund to 4111 1111 1111 1111 please'],
    ['no 12 4111-1111-1111-1111'],
    ['3782 822463 10005'],
    ['41 11 11 11 11 11 11 11'],
  ])('is found grouped in text: %s', (text) => expect(textHoldsCardNumber(text)).toBe(true));

  test.each([
    ['a token', 'tok_4111111111111111abc'],
    ['a UUID whose last group would be a Maestro number', 'e2bb4255-1c2d-4255-8caf-501800000009'],
    ['too short', '411111111111'],
    ['no issuer', '1234567812345670'],
    ['too long', '41111111111111111111111'],
    ['an IBAN', 'DE89370400440532013000'],
    ['an order time', '20260301123000'],
    ['a phone number', '+49 170 1234567'],
    ['nothing', ''],
  ])('is not seen in %s', (_, text) => {
    expect(holdsCardNumber(text)).toBe(false);
    expect(textHoldsCardNumber(text)).toBe(false);
  });

  test('among sixteen-digit numbers is as rare as issuer ranges and check digit make it', () => {
    const found = fc
      .sample(fc.bigInt(10n ** 15n, 10n ** 16n - 1n), { numRuns: 20_000, seed: 7 })
      .filter((number) => isCardNumber(String(number))).length;
    expect(found / 20_000).toBeLessThan(0.04);
  });
});
