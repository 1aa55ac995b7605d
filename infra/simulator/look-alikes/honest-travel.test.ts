import { expect, test } from '@jest/globals';
import { simulate } from '../simulate.ts';

const EARTH_RADIUS_KM = 6_371;

/** On a sphere, by the law of cosines. */
function distanceKm(
  a: { latitude: number; longitude: number },
  b: { latitude: number; longitude: number },
): number {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const cosine =
    Math.sin(rad(a.latitude)) * Math.sin(rad(b.latitude)) +
    Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * Math.cos(rad(a.longitude - b.longitude));
  return EARTH_RADIUS_KM * Math.acos(Math.min(1, cosine));
}

test('nobody honest is faster than a plane, and every cloned card is', () => {
  const last = new Map<string, { latitude: number; longitude: number; occurredAtMs: number }>();
  const tooFast = new Set<string>();
  const incidents = new Set<string>();
  const options = { seed: '1', cardholders: 600, days: 20, plantedDays: 6, endMs: Date.UTC(2026, 10, 24) };
  for (const { transaction, occurredAtMs, truth } of simulate(options)) {
    const { accountId, latitude, longitude } = transaction;
    if (truth?.pattern === 'impossible_travel') incidents.add(truth.incidentId);
    if (latitude === undefined || longitude === undefined) continue;
    const before = last.get(accountId);
    if (before !== undefined) {
      const km = distanceKm(before, { latitude, longitude });
      const hours = (occurredAtMs - before.occurredAtMs) / 3_600_000;
      if (km > 100 && km / hours > 900) tooFast.add(truth?.incidentId ?? `honest-${accountId}`);
    }
    last.set(accountId, { latitude, longitude, occurredAtMs });
  }
  const honest = [...tooFast].filter((id) => !id.startsWith('impossible_travel'));
  // A cloned card may also be used too soon before its holder's next own purchase: that one is honest.
  expect(honest.filter((id) => !id.startsWith('honest-'))).toEqual([]);
  expect(honest.length).toBeLessThanOrEqual(incidents.size);
  expect(tooFast.size - honest.length).toBe(incidents.size);
});
