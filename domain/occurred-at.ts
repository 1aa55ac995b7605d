/**
 * Reads an RFC 3339 timestamp exactly, to the millisecond.
 *
 * More than three decimals and second 60 are refused rather than rounded: a window edge is exact to the
 * millisecond, and a rounded time could move an event across it.
 *
 * @returns milliseconds since the Unix epoch, or a sentence that says what is wrong
 */
export function parseOccurredAt(text: unknown): number | string {
  if (typeof text !== 'string' || text.length < SHORTEST) return WRONG_SHAPE;
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // One of them is negative if any is: none has to be asked for itself.
  const isNumeric = (century | yearOfCentury | month | day | hour | minute | second) >= 0;
  const zoneAt = text.charCodeAt(19) === DOT ? endOfDigits(text, 20) : 19;
  const hasZone = zoneAt !== 20 && isZone(text, zoneAt);
  if (!isNumeric || !hasZone || !hasSeparators(text)) return WRONG_SHAPE;

  const year = century * 100 + yearOfCentury;
  if (second === 60) return 'has second 60: leap seconds are refused, send second 59 or the next second 0';
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month))
    return 'names a day that does not exist';
  if (hour > 23 || minute > 59 || second > 59) return 'names a time of day that does not exist';
  const decimals = zoneAt === 19 ? 0 : zoneAt - 20;
  if (decimals > 3)
    return `has ${decimals} decimals of a second: at most three are kept, and none is rounded`;
  const offsetMinutes = zoneOffsetMinutes(text, zoneAt);
  if (offsetMinutes === undefined) return 'has a zone offset that does not exist';
  return (
    daysSinceEpoch(year, month, day) * 86_400_000 +
    (hour * 60 + minute - offsetMinutes) * 60_000 +
    second * 1_000 +
    milliseconds(text, decimals)
  );
}

/** The time of a transaction that was checked before, in milliseconds since the Unix epoch. */
export function occurredAtMs(text: string): number {
  const parsed = parseOccurredAt(text);
  if (typeof parsed === 'string') throw new Error(`occurredAt ${JSON.stringify(text)} ${parsed}`);
  return parsed;
}

const WRONG_SHAPE = 'must be an RFC 3339 time with a zone, such as "2026-03-01T12:30:00.250Z"';
const SHORTEST = '2026-03-01T12:30:00Z'.length;
const ZERO = 48;
const DOT = 46;
const PLUS = 43;
const DASH = 45;
const COLON = 58;
/** Makes a Latin letter small. */
const SMALL = 32;
const SMALL_T = 116;
const SMALL_Z = 122;

function hasSeparators(text: string): boolean {
  return (
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    (text.charCodeAt(10) | SMALL) === SMALL_T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON
  );
}

/** Two decimal digits as a number, -1 if one of them is none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return (tens | ones | (9 - tens) | (9 - ones)) >= 0 ? tens * 10 + ones : -1;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code < ZERO + 10;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}

function milliseconds(text: string, decimals: number): number {
  let value = 0;
  for (let i = 0; i < 3; i++) value = value * 10 + (i < decimals ? text.charCodeAt(20 + i) - ZERO : 0);
  return value;
}

/** Whether the text ends in Z or an offset such as +05:30 from there on. */
function isZone(text: string, at: number): boolean {
  const sign = text.charCodeAt(at);
  if (text.length === at + 1) return (sign | SMALL) === SMALL_Z;
  return (
    text.length === at + 6 &&
    (sign === PLUS || sign === DASH) &&
    text.charCodeAt(at + 3) === COLON &&
    (twoDigits(text, at + 1) | twoDigits(text, at + 4)) >= 0
  );
}

function zoneOffsetMinutes(text: string, at: number): number | undefined {
  if (text.length === at + 1) return 0;
  const hours = twoDigits(text, at + 1);
  const minutes = twoDigits(text, at + 4);
  if (hours > 23 || minutes > 59) return undefined;
  return (text.charCodeAt(at) === PLUS ? 1 : -1) * (hours * 60 + minutes);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; years begin in March so that a leap day comes last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  // 400 years more, so that no dividend is negative and `| 0` rounds down: a whole division costs a tenth so.
  const y = month <= 2 ? year + 399 : year + 400;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  const leapDays = (y >> 2) - ((y / 100) | 0) + ((y / 400) | 0);
  return y * 365 + leapDays + dayOfYear - DAYS_TO_EPOCH;
}

/** From 1 March of year -400 to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468 + 146_097;
