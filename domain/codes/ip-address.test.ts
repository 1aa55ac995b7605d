import { isIP } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isIpAddress } from './ip-address.ts';

test.each([
  '10.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '2001:db8::8a2e:370:7334',
  '::ffff:10.0.0.1',
  'FE80::1',
])('%s is one', (text) => expect(isIpAddress(text)).toBe(true));

test.each([
  '',
  '10.0.0',
  '10.0.0.256',
  '010.0.0.1',
  '1.2.3.4.5',
  ':',
  ':::',
  '1::2::3',
  'fe80::1%eth0',
  '::g',
  '10.0.0.1::',
])('%j is none', (text) => expect(isIpAddress(text)).toBe(false));

test('agrees with the address parser of Node', () => {
  const pieces = fc.array(
    fc.constantFrom('::', ':', '.', '0', '12', 'ab', '1f2e', '255', '256', '10.1.2.3', 'g'),
    {
      maxLength: 17,
    },
  );
  const texts = fc.oneof(
    pieces.map((parts) => parts.join('')),
    fc.ipV6(),
    fc.ipV4(),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      fc.pre(!text.includes('%'));
      expect(isIpAddress(text)).toBe(isIP(text) !== 0);
    }),
    { numRuns: 5_000 },
  );
});
