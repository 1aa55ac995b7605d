import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { occurredAtMs, parseOccurredAt } from './occurred-at.ts';

const SHAPE = 'must be an RFC 3339 time with a zone, such as "2026-03-01T12:30:00.250Z"';
const LEAP = 'has second 60: leap seconds are refused, send second 59 or the next second 0';
const NO_DAY = 'names a day that does not exist';
const NO_TIME = 'names a time of day that does not exist';
const NO_OFFSET = 'has a zone offset that does not exist';

const instant = fc.date({
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

describe('an RFC 3339 time', () => {
  test('is read to the millisecond, in every year and zone', () => {
    const zone = fc.record({ sign: fc.constantFrom('+', '-'), hours: fc.nat(23), minutes: fc.nat(59) });
    fc.assert(
      fc.property(instant, fc.option(zone), fc.nat(3), (date, zone, decimals) => {
        const wall = date
          .toISOString()
          .replace('Z', '')
          .slice(0, decimals === 0 ? 19 : 20 + decimals);
        const two = (value: number) => String(value).padStart(2, '0');
        const suffix = zone === null ? 'Z' : `${zone.sign}${two(zone.hours)}:${two(zone.minutes)}`;
        expect(parseOccurredAt(wall + suffix)).toBe(Date.parse(wall + suffix));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['2026-03-01t12:30:00z', Date.UTC(2026, 2, 1, 12, 30)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T00:00:00.5Z', Date.UTC(2000, 1, 29, 0, 0, 0, 500)],
    ['2026-03-01T00:00:00+05:45', Date.UTC(2026, 1, 28, 18, 15)],
    ['1970-01-01T00:00:00-00:00', 0],
  ])('%s', (text, ms) => expect(parseOccurredAt(text)).toBe(ms));
});

describe('refused, with what is wrong:', () => {
  test.each([
    ['', SHAPE],
    ['yesterday', SHAPE],
    ['2026-03-01', SHAPE],
    ['2026-03-01T12:30:00', SHAPE],
    ['2026-03-01 12:30:00Z', SHAPE],
    ['2026-03-01T12:30:00.Z', SHAPE],
    ['2026-03-01T12:30:00,5Z', SHAPE],
    ['2026-03-01T12:30:00Z ', SHAPE],
    [' 2026-03-01T12:30:00Z', SHAPE],
    ['2026-3-01T12:30:00.5Z', SHAPE],
    ['+026-03-01T12:30:00Z', SHAPE],
    ['2026-03-0xT12:30:00Z', SHAPE],
    ['2026-03-01T12:30:00+0530', SHAPE],
    ['2026-03-01T12:30:00+05:3', SHAPE],
    ['2026-03-01T12:30:00*05:30', SHAPE],
    ['2026-03-01T12:30:00.123+05:30:00', SHAPE],
    ['２026-03-01T12:30:00Z', SHAPE],
    ['2026-06-30T23:59:60Z', LEAP],
    ['2026-02-29T12:30:00Z', NO_DAY],
    ['1900-02-29T12:30:00Z', NO_DAY],
    ['2026-04-31T12:30:00Z', NO_DAY],
    ['2026-00-10T12:30:00Z', NO_DAY],
    ['2026-13-10T12:30:00Z', NO_DAY],
    ['2026-01-00T12:30:00Z', NO_DAY],
    ['2026-01-01T24:00:00Z', NO_TIME],
    ['2026-01-01T12:60:00Z', NO_TIME],
    ['2026-01-01T12:00:61Z', NO_TIME],
    ['2026-01-01T12:00:00.1234Z', 'has 4 decimals of a second: at most three are kept, and none is rounded'],
    ['2026-01-01T12:00:00+24:00', NO_OFFSET],
    ['2026-01-01T12:00:00-05:60', NO_OFFSET],
    [undefined, SHAPE],
    [null, SHAPE],
    [1_767_268_800_000, SHAPE],
    [['2026-01-01T12:00:00Z'], SHAPE],
  ])('%j', (value, fault) => expect(parseOccurredAt(value)).toBe(fault));

  test('whatever else is no such time', () => {
    const shape = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
    const almost = fc
      .tuple(
        instant,
        fc.constantFrom('Z', '+05:30', '-23:59', 'z', ''),
        fc.nat(30),
        fc.constantFrom(...'0T:.Z+- 9x', ''),
      )
      .map(([date, zone, at, put]) => {
        const text = date.toISOString().replace('Z', zone);
        return text.slice(0, at) + put + text.slice(at + 1);
      });
    fc.assert(
      fc.property(almost, (text) => {
        expect(parseOccurredAt(text) === SHAPE).toBe(!shape.test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('as an error where it had been checked before', () => {
    expect(() => occurredAtMs('2026-13-10T12:30:00Z')).toThrow(
      '"2026-13-10T12:30:00Z" names a day that does not exist',
    );
  });
});
