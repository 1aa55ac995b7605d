import { asin, cos, sin } from './transcendental.ts';

/** Mean radius of the Earth in kilometers (IUGG). */
export const EARTH_RADIUS_KM = 6371.0088;

const RADIANS_PER_DEGREE = Math.PI / 180;

/**
 * Great-circle distance between two points given in degrees (haversine on a sphere: within 0.6 % of the
 * ellipsoid). NaN where a coordinate is NaN or off the globe.
 */
export function distanceKm(
  latitudeA: number,
  longitudeA: number,
  latitudeB: number,
  longitudeB: number,
): number {
  if (
    !(isLatitude(latitudeA) && isLatitude(latitudeB) && isLongitude(longitudeA) && isLongitude(longitudeB))
  ) {
    return Number.NaN;
  }
  const phiA = latitudeA * RADIANS_PER_DEGREE;
  const phiB = latitudeB * RADIANS_PER_DEGREE;
  const sinHalfPhi = sin((phiB - phiA) / 2);
  const sinHalfLambda = sin(((longitudeB - longitudeA) * RADIANS_PER_DEGREE) / 2);
  const haversine = sinHalfPhi * sinHalfPhi + cos(phiA) * cos(phiB) * sinHalfLambda * sinHalfLambda;
  // Rounding may take antipodes a bit past 1, where the arc sine is not defined.
  return 2 * EARTH_RADIUS_KM * asin(Math.sqrt(Math.min(1, haversine)));
}

function isLatitude(degrees: number): boolean {
  return degrees >= -90 && degrees <= 90;
}

function isLongitude(degrees: number): boolean {
  return degrees >= -180 && degrees <= 180;
}
