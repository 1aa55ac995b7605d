import { DAY_MS, MONDAY_TO_EPOCH_DAYS } from './local-clock.ts';
import type { ZoneOffsets } from './zone-offsets.ts';

/** Weeks begin on Monday (ISO 8601). */
export const CALENDAR_PERIODS = ['day', 'week', 'month'] as const;
export type CalendarPeriod = (typeof CALENDAR_PERIODS)[number];

const LONGEST_DAYS: Record<CalendarPeriod, number> = { day: 1, week: 7, month: 31 };

/**
 * The days, weeks or months of one time zone as stretches of time, each to the millisecond where the one before ends.
 *
 * A period begins at the first instant at which local clocks show its first midnight or anything later. So a day
 * whose midnight clocks skip begins when they come out behind it, one whose midnight they show twice at the first, and a
 * stretch of the evening before that clocks repeat after that belongs to the new day. A day skipped whole is none.
 */
export class Calendar {
  private readonly period: CalendarPeriod;
  private readonly fromMs: readonly number[];
  private readonly offsetsMs: readonly number[];
  /** Of each stretch of equal offset: the latest local time that any clock showed before it began; ascending. */
  private readonly shownBefore: number[] = [];
  /** The period last asked for: the next time is mostly in it, too. */
  private startMs = Number.NaN;
  private endMs = Number.NaN;

  constructor(period: CalendarPeriod, offsets: ZoneOffsets) {
    this.period = period;
    this.fromMs = offsets.map(([fromMs], i) => (i === 0 ? -Infinity : fromMs));
    this.offsetsMs = offsets.map(([, offsetMs]) => offsetMs);
    let shown = -Infinity;
    offsets.forEach(([fromMs], i) => {
      if (i > 0) shown = Math.max(shown, fromMs - 1 + this.offsetsMs[i - 1]!);
      this.shownBefore.push(shown);
    });
  }

  /** No period is longer, whatever clocks repeat in it. */
  static longestMs(period: CalendarPeriod, offsets: ZoneOffsets): number {
    const offsetsMs = offsets.map(([, offsetMs]) => offsetMs);
    return LONGEST_DAYS[period] * DAY_MS + Math.max(...offsetsMs) - Math.min(...offsetsMs);
  }

  /** When the period began that a time is in; never later for an earlier time. */
  startOf(timeMs: number): number {
    if (timeMs >= this.startMs && timeMs < this.endMs) return this.startMs;
    const stretch = lastAtMost(this.fromMs, timeMs);
    const shown = Math.max(timeMs + this.offsetsMs[stretch]!, this.shownBefore[stretch]!);
    const midnight = this.firstMidnight(shown);
    this.startMs = this.firstShowing(midnight);
    // Every period's longest later, it is the next one.
    this.endMs = this.firstShowing(this.firstMidnight(midnight + LONGEST_DAYS[this.period] * DAY_MS));
    return this.startMs;
  }

  /** The first instant at which clocks show that local time, or a later one. */
  private firstShowing(localMs: number): number {
    // The last stretch before which it had not been shown: in it, it is.
    const stretch = lastAtMost(this.shownBefore, localMs - 1);
    return Math.max(this.fromMs[stretch]!, localMs - this.offsetsMs[stretch]!);
  }

  private firstMidnight(localMs: number): number {
    const day = Math.floor(localMs / DAY_MS);
    if (this.period === 'day') return day * DAY_MS;
    if (this.period === 'week') {
      const week = Math.floor((day + MONDAY_TO_EPOCH_DAYS) / 7);
      return (week * 7 - MONDAY_TO_EPOCH_DAYS) * DAY_MS;
    }
    return (day - new Date(localMs).getUTCDate() + 1) * DAY_MS;
  }
}

/** The index of the last number that is not above `most`, of ascending ones; 0 if all are. */
function lastAtMost(numbers: readonly number[], most: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (numbers[middle]! <= most) low = middle;
    else high = middle - 1;
  }
  return low;
}
