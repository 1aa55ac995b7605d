import { expect, test } from '@jest/globals';
import { nearestName } from './suggestion.ts';

const KNOWN = ['amountMinor', 'amountBaseMinor', 'country', 'deviceId', 'count_1h', 'count_24h', 'abs'];

test.each([
  ['amount_minor', 'amountMinor'],
  ['AMOUNTMINOR', 'amountMinor'],
  ['contry', 'country'],
  ['cuontry', 'country'],
  ['count1h', 'count_1h'],
  ['count_42h', 'count_24h'],
  ['devid', null],
  ['abz', 'abs'],
  ['zzz', null],
  ['', null],
  ['constructor', null],
])('%s may mean %s', (name, meant) => {
  expect(nearestName(name, KNOWN)).toBe(meant);
});

test('a very long name costs little', () => {
  expect(nearestName('x'.repeat(100_000), KNOWN)).toBeNull();
});
