import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { distanceKm, EARTH_RADIUS_KM } from './distance-km.ts';

const latitude = fc.double({ min: -90, max: 90, noNaN: true });
const longitude = fc.double({ min: -180, max: 180, noNaN: true });

describe('distanceKm', () => {
  test.each([
    ['Berlin to Paris', 52.52, 13.405, 48.8566, 2.3522, 877.5],
    ['New York to London', 40.7128, -74.006, 51.5074, -0.1278, 5570.2],
    ['nowhere', 10, 10, 10, 10, 0],
  ])('%s', (_title, latitudeA, longitudeA, latitudeB, longitudeB, km) => {
    expect(Math.abs(distanceKm(latitudeA, longitudeA, latitudeB, longitudeB) - km)).toBeLessThan(1);
  });

  test('antipodes are half the circumference apart', () => {
    expect(distanceKm(90, 0, -90, 0)).toBeCloseTo(Math.PI * EARTH_RADIUS_KM, 9);
    expect(distanceKm(0, 0, 0, 180)).toBeCloseTo(Math.PI * EARTH_RADIUS_KM, 9);
  });

  test('equals the arc between unit vectors, whatever the points', () => {
    const radians = (degrees: number) => (degrees * Math.PI) / 180;
    const vector = (lat: number, lon: number) => [
      Math.cos(radians(lat)) * Math.cos(radians(lon)),
      Math.cos(radians(lat)) * Math.sin(radians(lon)),
      Math.sin(radians(lat)),
    ];
    fc.assert(
      fc.property(latitude, longitude, latitude, longitude, (latA, lonA, latB, lonB) => {
        const a = vector(latA, lonA);
        const b = vector(latB, lonB);
        const chord = Math.hypot(...a.map((x, i) => x - b[i]!));
        const km = 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, chord / 2));
        expect(Math.abs(distanceKm(latA, lonA, latB, lonB) - km)).toBeLessThan(0.5);
        expect(distanceKm(latB, lonB, latA, lonA)).toBeCloseTo(distanceKm(latA, lonA, latB, lonB), 6);
      }),
    );
  });

  test.each([
    [91, 0, 0, 0],
    [0, 181, 0, 0],
    [0, 0, -90.1, 0],
    [0, 0, 0, Number.NaN],
  ])('off the globe is no distance: %s %s %s %s', (...coordinates) => {
    expect(distanceKm(...(coordinates as [number, number, number, number]))).toBeNaN();
  });

  test('is the same to the bit on every engine', () => {
    expect(distanceKm(52.52, 13.405, 48.8566, 2.3522)).toBe(877.4645379215093);
  });
});
