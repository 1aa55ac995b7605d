import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CALENDAR_PERIODS, Calendar, type CalendarPeriod } from './calendar.ts';
import { LocalClock } from './local-clock.ts';
import { resolveZone, zoneProblem } from './resolve-zone.ts';

/**
 * Calendars and clocks against Temporal, which knows the zones by itself: what the code under test takes from it is
 * only the list of offsets.
 */
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Usual ones, and those whose clocks change at midnight (Havana, Beirut, Santiago, Asuncion: skipped; St_Johns: at one minute
 * past it, back into the day before), that skipped a day (Apia), that change four times a year (Casablanca), that had odd seconds (Monrovia).
 */
const ZONES = [
  'UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Havana',
  'Asia/Beirut', 'America/Santiago', 'America/Asuncion', 'America/Sao_Paulo', 'America/St_Johns', 'Pacific/Apia',
  'Pacific/Kwajalein', 'Africa/Casablanca', 'Africa/Cairo', 'Africa/Monrovia', 'Asia/Tehran', 'Antarctica/Troll',
]; // biome-ignore format: a list

const local = (timeMs: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(zone);

/** The first day of the period that clocks show, as text that sorts. */
function shownPeriod(timeMs: number, zone: string, period: CalendarPeriod): string {
  const date = local(timeMs, zone).toPlainDate();
  if (period === 'month') return date.with({ day: 1 }).toString();
  return (period === 'week' ? date.subtract({ days: date.dayOfWeek - 1 }) : date).toString();
}

/**
 * By the definition: a period began when clocks first showed it or a later one. Every minute of the two days about the
 * change is looked at, for clocks change at full minutes; the rest by Temporal's own start of the day.
 */
function startByLooking(timeMs: number, zone: string, period: CalendarPeriod): number {
  const around = (fromMs: number, toMs: number) => {
    let latest = '';
    let startMs = Number.NaN;
    for (let at = Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS; at <= toMs; at += MINUTE_MS) {
      const shown = shownPeriod(at, zone, period);
      if (shown <= latest) continue;
      startMs = at;
      latest = shown;
    }
    return startMs;
  };
  if (period === 'day') return around(timeMs - 3 * DAY_MS, timeMs);
  // What clocks show now began about midnight of its first day, if a later one has not begun already.
  for (const shown of [timeMs + DAY_MS, timeMs].map((at) => shownPeriod(at, zone, period))) {
    const midnightMs = Temporal.PlainDate.from(shown).toZonedDateTime(zone).epochMilliseconds;
    const startMs = around(midnightMs - 2 * DAY_MS, midnightMs + DAY_MS);
    if (startMs <= timeMs) return startMs;
  }
  throw new Error('in no period');
}

const zone = fc.constantFrom(...ZONES);
/** Mostly within two days of a change of the zone's offset. */
const moment = (name: string) => {
  const changes = resolveZone(name).map(([fromMs]) => fromMs);
  const anywhere = fc.integer({ min: Date.UTC(1973, 0, 1), max: Date.UTC(2099, 0, 1) });
  const nearChange = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }))
    .map(([atMs, byMs]) => Math.max(Date.UTC(1973, 0, 1), atMs + byMs));
  return fc.oneof({ weight: 3, arbitrary: nearChange }, { weight: 1, arbitrary: anywhere });
};

describe('periods of a calendar', () => {
  test('begin when clocks first show them, in every zone, near changes above all', () => {
    fc.assert(
      fc.property(
        zone.chain((name) => fc.tuple(fc.constant(name), moment(name))),
        fc.constantFrom(...CALENDAR_PERIODS),
        ([name, timeMs], period) => {
          const calendar = new Calendar(period, resolveZone(name));
          expect(calendar.startOf(timeMs)).toBe(startByLooking(timeMs, name, period));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('follow one another: an earlier time is in no later period, and none is longer than the longest', () => {
    fc.assert(
      fc.property(
        zone.chain((name) => fc.tuple(fc.constant(name), fc.array(moment(name), { maxLength: 30 }))),
        fc.constantFrom(...CALENDAR_PERIODS),
        ([name, times], period) => {
          const offsets = resolveZone(name);
          const calendar = new Calendar(period, offsets);
          const asked = times.map((timeMs) => ({ timeMs, startMs: calendar.startOf(timeMs) }));
          const sorted = asked.toSorted((one, other) => one.timeMs - other.timeMs);
          sorted.forEach(({ timeMs, startMs }, i) => {
            expect(timeMs).toBeGreaterThanOrEqual(startMs);
            expect(timeMs - startMs).toBeLessThan(Calendar.longestMs(period, offsets));
            expect(startMs).toBeGreaterThanOrEqual(sorted[i - 1]?.startMs ?? -Infinity);
            // What it remembers of the time before changes nothing.
            expect(new Calendar(period, offsets).startOf(timeMs)).toBe(startMs);
            expect(calendar.startOf(startMs)).toBe(startMs);
            expect(calendar.startOf(startMs - 1)).toBeLessThan(startMs);
            const laterMs = new Calendar(period, offsets).startOf(
              startMs + Calendar.longestMs(period, offsets),
            );
            expect(calendar.startOf(timeMs)).toBe(startMs);
            expect(calendar.startOf(laterMs)).toBe(laterMs);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

const startOf = (period: CalendarPeriod, name: string, time: string) => {
  const timeMs = Temporal.Instant.from(time).epochMilliseconds;
  return local(new Calendar(period, resolveZone(name)).startOf(timeMs), name).toString();
};

describe('a period of a calendar begins', () => {
  test('a midnight that clocks skip: the day begins when they come out behind it', () => {
    // Beirut, 31 March 2024: from 24:00 to 01:00.
    expect(startOf('day', 'Asia/Beirut', '2024-03-31T12:00+03:00')).toBe(
      '2024-03-31T01:00:00+03:00[Asia/Beirut]',
    );
    expect(startOf('day', 'Asia/Beirut', '2024-03-30T23:59:59.999+02:00')).toBe(
      '2024-03-30T00:00:00+02:00[Asia/Beirut]',
    );
  });

  test('a midnight that clocks show twice: the day begins at the first', () => {
    // Havana, 3 November 2024: from 01:00 back to 00:00.
    expect(startOf('day', 'America/Havana', '2024-11-03T00:30-05:00')).toBe(
      '2024-11-03T00:00:00-04:00[America/Havana]',
    );
  });

  test('the evening before that clocks repeat after the new day has begun belongs to the new day', () => {
    // St John's, 1 November 2009: from 00:01 back to 23:01.
    const name = 'America/St_Johns';
    const sunday = '2009-11-01T00:00:00-02:30[America/St_Johns]';
    expect(startOf('day', name, '2009-11-01T00:00:30-02:30')).toBe(sunday);
    expect(startOf('day', name, '2009-10-31T23:30-03:30')).toBe(sunday);
    expect(startOf('month', name, '2009-10-31T23:30-03:30')).toBe(sunday);
    expect(startOf('day', name, '2009-10-31T23:30-02:30')).toBe(
      '2009-10-31T00:00:00-02:30[America/St_Johns]',
    );
  });

  test('an evening that clocks repeat before midnight is the same day still', () => {
    // Sao Paulo, 17 February 2018: from 24:00 back to 23:00.
    expect(startOf('day', 'America/Sao_Paulo', '2018-02-17T23:30-03:00')).toBe(
      '2018-02-17T00:00:00-02:00[America/Sao_Paulo]',
    );
  });

  test('a day skipped whole is none', () => {
    // Apia had no 30 December 2011.
    expect(startOf('day', 'Pacific/Apia', '2011-12-31T05:00+14:00')).toBe(
      '2011-12-31T00:00:00+14:00[Pacific/Apia]',
    );
    expect(startOf('day', 'Pacific/Apia', '2011-12-29T23:59-10:00')).toBe(
      '2011-12-29T00:00:00-10:00[Pacific/Apia]',
    );
  });

  test('a week begins on Monday, a month on its first', () => {
    expect(startOf('week', 'Europe/Berlin', '2026-03-29T23:59+02:00')).toBe(
      '2026-03-23T00:00:00+01:00[Europe/Berlin]',
    );
    expect(startOf('month', 'Europe/Berlin', '2026-03-31T22:30Z')).toBe(
      '2026-04-01T00:00:00+02:00[Europe/Berlin]',
    );
    expect(startOf('month', 'UTC', '1969-12-31T23:59Z')).toBe('1969-12-01T00:00:00+00:00[UTC]');
  });
});

test('clocks show the hour and the day of the week that Temporal knows', () => {
  fc.assert(
    fc.property(
      zone.chain((name) => fc.tuple(fc.constant(name), fc.array(moment(name), { maxLength: 9 }))),
      ([name, times]) => {
        const clock = new LocalClock(resolveZone(name));
        for (const timeMs of times) {
          const { hour, dayOfWeek } = local(timeMs, name);
          expect([clock.hourOfDay(timeMs), clock.dayOfWeek(timeMs)]).toEqual([hour, dayOfWeek]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a zone has all its offsets from 1970 to 2100, each other than the one before', () => {
  const offsets = resolveZone('Europe/Berlin');
  expect(offsets[0]).toEqual([0, 3_600_000]);
  expect(offsets[1]).toEqual([Date.UTC(1980, 3, 6, 1), 7_200_000]);
  expect(offsets.at(-1)).toEqual([Date.UTC(2100, 9, 31, 1), 3_600_000]);
  expect(resolveZone('UTC')).toEqual([[0, 0]]);
});

test('a name that is no zone is told with what would be right', () => {
  expect(zoneProblem('Europe/Berlin')).toBeNull();
  expect(zoneProblem('Asia/Calcutta')).toBeNull();
  expect(zoneProblem('europe/berlin')).toMatchObject({ suggestion: 'did you mean "Europe/Berlin"?' });
  expect(zoneProblem('Europe/Berlinn')).toMatchObject({
    problem: '"Europe/Berlinn" is no time zone',
    suggestion: expect.stringContaining('Europe/Berlin'),
  });
  expect(zoneProblem('+02:00')).toMatchObject({ suggestion: expect.stringContaining('IANA') });
});
