/**
 * Reads an RFC 3339 timestamp exactly, to the millisecond.
 *
 * More than three decimals and second 60 are refused rather than rounded: a window edge is exact to the
 * millisecond, and a rounded time could move an event across it.
 *
 * @returns milliseconds since the Unix epoch, or a sentence that says what is wrong
 */
export function parseOccurredAt(text: string): number | string {
  if (!SHAPE.test(text)) return 'must be an RFC 3339 time with a zone, such as "2026-03-01T12:30:00.250Z"';
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  if (second === 60) return 'has second 60: leap seconds are refused, send second 59 or the next second 0';
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return 'names a day that does not exist';
  if (hour > 23 || minute > 59 || second > 59) return 'names a time of day that does not exist';

  let zoneAt = 19;
  let millis = 0;
  if (text.charCodeAt(19) === DOT) {
    zoneAt = 20;
    while (isDigit(text.charCodeAt(zoneAt))) zoneAt++;
    const decimals = zoneAt - 20;
    if (decimals > 3) return `has ${decimals} decimals of a second: at most three are kept, and none is rounded`;
    millis = digits(text, 20, zoneAt) * 10 ** (3 - decimals);
  }
  const offsetMinutes = zoneOffsetMinutes(text, zoneAt);
  if (offsetMinutes === undefined) return 'has a zone offset that does not exist';
  return (
    daysSinceEpoch(year, month, day) * 86_400_000 +
    (hour * 60 + minute - offsetMinutes) * 60_000 +
    second * 1_000 +
    millis
  );
}

/** The time of a transaction that was checked before, in milliseconds since the Unix epoch. */
export function occurredAtMs(text: string): number {
  const parsed = parseOccurredAt(text);
  if (typeof parsed === 'string') throw new Error(`occurredAt ${JSON.stringify(text)} ${parsed}`);
  return parsed;
}

const SHAPE = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const DOT = 46;
const PLUS = 43;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}

function zoneOffsetMinutes(text: string, at: number): number | undefined {
  if (text.length === at + 1) return 0;
  const hours = digits(text, at + 1, at + 3);
  const minutes = digits(text, at + 4, at + 6);
  if (hours > 23 || minutes > 59) return undefined;
  return (text.charCodeAt(at) === PLUS ? 1 : -1) * (hours * 60 + minutes);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; years begin in March so that a leap day comes last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
