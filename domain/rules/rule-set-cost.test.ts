import { expect, test } from '@jest/globals';
import { ruleSetCost } from './rule-set-cost.ts';
import { parseRuleSet } from './rule-set-parse.ts';

const DAY_MS = 86_400_000;

function costsOf(features: string) {
  const parsed = parseRuleSet(`
name: small
features: { ${features} }
rules: []
thresholds: { review: 50, decline: 80 }
`);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return ruleSetCost(parsed.ruleSet);
}

const costOf = (features: string) => costsOf(features)[0]!;

test('a count keeps only when each event was', () => {
  expect(costOf('a: { aggregate: count, window: 1h }')).toMatchObject({
    bytesPerEvent: 16,
    longestReachMs: 3_600_000,
    retentionMs: 3_600_000 + 7 * DAY_MS,
    valuesKept: [],
  });
});

test('a field costs once, however many features aggregate it; a delay lengthens the reach', () => {
  const sums = 'a: { aggregate: sum, window: 1h }, b: { aggregate: mean, window: 30d, delay: 3d }';
  expect(costOf(sums)).toMatchObject({ bytesPerEvent: 24, longestReachMs: 33 * DAY_MS });
  expect(costOf(`${sums}, c: { aggregate: last, of: country }`).bytesPerEvent).toBe(32);
});

test('what remembers every value is named', () => {
  const features = `
    a: { aggregate: firstSeen, of: deviceId },
    b: { aggregate: distinct, of: country, window: lifetime },
    c: { aggregate: distinct, of: merchantId, window: 1h }`;
  expect(costOf(features).valuesKept).toEqual(['deviceId', 'country']);
});

test('a sequence keeps how far it has come, and the values it asks for', () => {
  const steps = "[{ firstSeen: deviceId }, { where: 'amountMinor > 5' }, { firstSeen: deviceId }]";
  const sequence = `a: { aggregate: sequence, window: 1h, steps: ${steps} }`;
  // The device, whether it is met first, and how far it came: to the first step, to the second.
  expect(costOf(sequence)).toMatchObject({
    bytesPerEvent: 16 + 8 * 4,
    longestReachMs: 3_600_000,
    valuesKept: ['deviceId'],
  });
});

test('the last N are held as long as they are looked for, a month as long as it can be', () => {
  expect(costOf('a: { aggregate: count, window: { last: 3 } }').longestReachMs).toBe(90 * DAY_MS);
  const month = 'a: { aggregate: count, window: { calendar: month, zone: UTC } }, b: { aggregate: speed }';
  expect(costOf(month)).toMatchObject({ longestReachMs: 31 * DAY_MS, bytesPerEvent: 32 });
});

test('each key is told for itself; what is learnt later takes a column and one to find the event by', () => {
  const features = `
    a: { aggregate: mean, of: amountBaseMinor, window: 30d },
    b: { aggregate: count, window: 7d, delay: 7d, per: merchant, where: label == "fraud" },
    c: { aggregate: count, window: 1h, per: device }`;
  expect(costsOf(features)).toMatchObject([
    { per: 'account', bytesPerEvent: 24, longestReachMs: 30 * DAY_MS },
    { per: 'merchantId', bytesPerEvent: 32, longestReachMs: 14 * DAY_MS },
    { per: 'deviceId', bytesPerEvent: 16, longestReachMs: 3_600_000 },
  ]);
});

test('an account is held though all features are of merchants', () => {
  expect(costsOf('a: { aggregate: count, window: 1h, per: merchant }')).toMatchObject([
    { per: 'account', bytesPerEvent: 16, longestReachMs: 0 },
    { per: 'merchantId' },
  ]);
});
