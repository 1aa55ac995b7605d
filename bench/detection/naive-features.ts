import type { History } from './history.ts';

/** What is reckoned of the transactions of the same account or merchant in (t - delay - window, t - delay]. */
export interface NaiveFeature {
  name: string;
  per: 'account' | 'merchant';
  /** `frauds`: how many of them are known as fraud by the scored transaction's place in the file. */
  aggregate: 'count' | 'mean' | 'frauds';
  windowMs: number;
  delayMs: number;
  /** Leaves the scored transaction out. */
  prior?: true;
}

/**
 * Every feature of these rows by brute force: all rows before each are looked at, nothing is carried on from row to row.
 * @returns by name, a value for each of the rows; NaN where nothing counts that has no value then
 */
export function naiveFeatures(
  history: History,
  features: readonly NaiveFeature[],
  rows: readonly number[],
): Map<string, number[]> {
  const rowsOf = { account: grouped(history.account), merchant: grouped(history.merchant) };
  const column = (feature: NaiveFeature) =>
    rows.map((row) => valueAt(history, feature, rowsOf[feature.per].get(history[feature.per][row]!)!, row));
  return new Map(features.map((feature) => [feature.name, column(feature)]));
}

function valueAt(history: History, feature: NaiveFeature, rows: readonly number[], scored: number): number {
  const end = history.occurredAt[scored]! - feature.delayMs;
  let count = 0;
  let sum = 0;
  let frauds = 0;
  for (const row of rows) {
    if (row > scored || (feature.prior && row === scored)) break;
    const at = history.occurredAt[row]!;
    if (at > end || at <= end - feature.windowMs) continue;
    count += 1;
    sum += history.amountMinor[row]!;
    if (history.isFraud[row] && history.knownFrom[row]! <= scored) frauds += 1;
  }
  return { count, mean: sum / count, frauds }[feature.aggregate];
}

/** Rows by key, in file order. */
function grouped(keys: readonly string[]): Map<string, number[]> {
  return Map.groupBy(keys.keys(), (row) => keys[row]!);
}
