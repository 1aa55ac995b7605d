import type { ZoneOffsets } from './zone-offsets.ts';

const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday, three days after a Monday. */
export const MONDAY_TO_EPOCH_DAYS = 3;

/** What clocks and calendars of one time zone show. */
export class LocalClock {
  private readonly fromMs: readonly number[];
  private readonly offsetsMs: readonly number[];
  /** Of the last time asked for: the next one is mostly near. */
  private last = 0;

  constructor(offsets: ZoneOffsets) {
    this.fromMs = offsets.map(([fromMs], i) => (i === 0 ? -Infinity : fromMs));
    this.offsetsMs = offsets.map(([, offsetMs]) => offsetMs);
  }

  /** Local time, as milliseconds that count local days as if each had 24 hours. */
  localMs(timeMs: number): number {
    return timeMs + this.offsetsMs[this.stretchOf(timeMs)]!;
  }

  /** 0 to 23, as local clocks show it. */
  hourOfDay(timeMs: number): number {
    return Math.floor(floorMod(this.localMs(timeMs), DAY_MS) / HOUR_MS);
  }

  /** By ISO 8601: 1 is Monday, 7 is Sunday. */
  dayOfWeek(timeMs: number): number {
    return floorMod(Math.floor(this.localMs(timeMs) / DAY_MS) + MONDAY_TO_EPOCH_DAYS, 7) + 1;
  }

  /** Which stretch of equal offset a time is in. */
  private stretchOf(timeMs: number): number {
    const { fromMs, last } = this;
    if (fromMs[last]! <= timeMs && !(fromMs[last + 1]! <= timeMs)) return last;
    let low = 0;
    let high = fromMs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (fromMs[middle]! <= timeMs) low = middle;
      else high = middle - 1;
    }
    this.last = low;
    return low;
  }
}

/** The remainder with the sign of the divisor. */
function floorMod(dividend: number, divisor: number): number {
  return dividend - Math.floor(dividend / divisor) * divisor;
}
