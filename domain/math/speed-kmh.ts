import { distanceKm } from './distance-km.ts';

const MS_PER_HOUR = 3_600_000;

/** A place in degrees, and when somebody was there. */
export interface Visit {
  latitude: number;
  longitude: number;
  atMs: number;
}

/**
 * How fast one must have gone from one place to the other, along the great circle, in km/h. Two times of the same
 * millisecond are taken to be one apart, which is as well as times are known. NaN where anything is NaN or off the globe.
 */
export function speedKmh(from: Visit, to: Visit): number {
  const km = distanceKm(from.latitude, from.longitude, to.latitude, to.longitude);
  return (km * MS_PER_HOUR) / Math.max(1, to.atMs - from.atMs);
}
