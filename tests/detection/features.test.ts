import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type History, readHistory } from '../../bench/detection/history.ts';
import { type NaiveFeature, naiveFeatures } from '../../bench/detection/naive-features.ts';
import { randomFrom } from '../../infra/simulator/random.ts';
import { DetectionBench } from '../support/detection-bench.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const FEATURES: NaiveFeature[] = [
  { name: 'a_count', per: 'account', aggregate: 'count', windowMs: DAY_MS, delayMs: 0 },
  { name: 'a_mean', per: 'account', aggregate: 'mean', windowMs: 30 * DAY_MS, delayMs: 0, prior: true },
  { name: 'a_frauds', per: 'account', aggregate: 'frauds', windowMs: 7 * DAY_MS, delayMs: 0 },
  { name: 'm_count', per: 'merchant', aggregate: 'count', windowMs: DAY_MS, delayMs: 0 },
  { name: 'm_count_before', per: 'merchant', aggregate: 'count', windowMs: 7 * DAY_MS, delayMs: 2 * DAY_MS },
  { name: 'm_mean', per: 'merchant', aggregate: 'mean', windowMs: 7 * DAY_MS, delayMs: DAY_MS },
  { name: 'm_frauds', per: 'merchant', aggregate: 'frauds', windowMs: 30 * DAY_MS, delayMs: 0 },
  {
    name: 'm_frauds_before',
    per: 'merchant',
    aggregate: 'frauds',
    windowMs: 30 * DAY_MS,
    delayMs: 4 * DAY_MS,
  },
];

const bench = new DetectionBench();
const rules = join(bench.folder, 'features.yaml');
afterAll(() => bench.remove());

interface Scored {
  history: History;
  columns: Map<string, string[]>;
}
const scored = new Map<string, Scored>();
beforeAll(async () => {
  writeFileSync(rules, rulesOf(FEATURES));
  scored.set('in order', await score('in-order', 0));
  scored.set('up to 30 hours out of order', await score('late', 30 * HOUR_MS));
  // Later than is kept in memory, and later than some labels.
  scored.set('up to 25 days out of order', await score('very-late', 25 * DAY_MS));
}, 120_000);

test.each(['in order', 'up to 30 hours out of order', 'up to 25 days out of order'])(
  'in a history %s, every feature of every transaction is what brute force makes of it',
  (order) => {
    const { history, columns } = scored.get(order)!;
    expect(history.isFraud.filter(Boolean).length).toBeGreaterThan(50);
    for (const feature of FEATURES) {
      const values = columns.get(feature.name)!;
      expect([feature.name, differences(values, history, feature)]).toEqual([feature.name, []]);
      // Else there would be nothing to be wrong about.
      expect(new Set(values).size).toBeGreaterThan(2);
    }
  },
);

test('it is not what brute force makes of half the window, or of labels known at once', () => {
  const { history, columns } = scored.get('in order')!;
  const knownAtOnce = { ...history, knownFrom: history.knownFrom.map(() => 0) };
  for (const feature of FEATURES) {
    const { name } = feature;
    const half = { ...feature, windowMs: feature.windowMs / 2 };
    expect([name, differences(columns.get(name)!, history, half)]).not.toEqual([name, []]);
    const isSooner = name === 'a_frauds' || name === 'm_frauds';
    expect([name, differences(columns.get(name)!, knownAtOnce, feature).length > 0]).toEqual([
      name,
      isSooner,
    ]);
  }
});

/** @param lateMs up to so much later in the file than it occurred a transaction stands */
async function score(name: string, lateMs: number): Promise<Scored> {
  const data = await bench.generate(name, '--customers', '200', '--days', '50', '--label-delay', '60h');
  if (lateMs > 0) delay(join(data, 'transactions.ndjson.gz'), lateMs);
  const history = await readHistory(data);
  const columns = await bench.score(rules, data);
  expect(columns.get('transactionId')).toEqual(history.transactionId);
  return { history, columns };
}

function delay(file: string, lateMs: number): void {
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  const random = randomFrom('late');
  const arrivals = lines.map((line) => ({
    line,
    atMs: Date.parse(JSON.parse(line).occurredAt) + random.below(lateMs),
  }));
  arrivals.sort((a, b) => a.atMs - b.atMs);
  writeFileSync(file, gzipSync(`${arrivals.map(({ line }) => line).join('\n')}\n`));
}

function rulesOf(features: readonly NaiveFeature[]): string {
  const lines = features.map(({ name, per, aggregate, windowMs, delayMs, prior }) => {
    const of = aggregate === 'mean' ? 'aggregate: mean, of: amountBaseMinor' : 'aggregate: count';
    const where = aggregate === 'frauds' ? `, where: label == "fraud"` : '';
    const window = `window: ${windowMs / HOUR_MS}h, delay: ${delayMs / HOUR_MS}h`;
    return `  ${name}: { ${of}, ${window}, per: ${per}, prior: ${prior ?? false}${where} }\n`;
  });
  return (
    `name: features\nfeatures:\n${lines.join('')}rules: [{ id: r, when: a_count > 9, points: 1, reason: R }]\n` +
    'thresholds: { review: 50, decline: 90 }\n'
  );
}

/** The first few rows in which a column differs from the naive feature. */
function differences(cells: readonly string[], history: History, feature: NaiveFeature) {
  const naive = naiveFeatures(history, [feature], [...history.occurredAt.keys()]).get(feature.name)!;
  return cells
    .map((cell, row) => ({ row, value: cell === '' ? Number.NaN : Number(cell), expected: naive[row]! }))
    .filter(({ value, expected }) => !Object.is(value, expected))
    .slice(0, 3);
}
