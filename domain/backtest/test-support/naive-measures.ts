import { POINTS, type ScoredRow, THRESHOLDS } from './rows.ts';

/** The measures of a backtest once more, slowly, by their definitions, sharing no code with what is tested. */

const rank = ({ score }: ScoredRow): number => score ?? THRESHOLDS.review;
const isFraud = ({ label }: ScoredRow): boolean => label === 'fraud';
const isGenuine = ({ label }: ScoredRow): boolean => label === 'genuine';
const money = (rows: readonly ScoredRow[]): string =>
  String(rows.reduce((sum, { amountBaseMinor }) => sum + BigInt(amountBaseMinor ?? 0), 0n));

export function naiveConfusion(rows: readonly ScoredRow[], verdicts: readonly string[]) {
  const named = rows.filter(({ decision }) => verdicts.includes(decision));
  const passed = rows.filter(({ decision }) => !verdicts.includes(decision));
  return {
    named: named.length,
    truePositives: named.filter(isFraud).length,
    falsePositives: named.filter(isGenuine).length,
    falseNegatives: passed.filter(isFraud).length,
    trueNegatives: passed.filter(isGenuine).length,
    unlabelledNamed: named.filter(({ label }) => label === null).length,
    caughtMinor: money(named.filter(isFraud)),
    missedMinor: money(passed.filter(isFraud)),
    stoppedGoodMinor: money(named.filter(isGenuine)),
  };
}

/** At each threshold anew. */
export function naiveAveragePrecision(rows: readonly ScoredRow[]): number | null {
  const labelled = rows.filter(({ label }) => label !== null);
  const frauds = labelled.filter(isFraud).length;
  if (frauds === 0) return null;
  let recallBefore = 0;
  let area = 0;
  for (const threshold of [...new Set(labelled.map(rank))].sort((a, b) => b - a)) {
    const named = labelled.filter((row) => rank(row) >= threshold);
    const caught = named.filter(isFraud).length;
    area += (caught / frauds - recallBefore) * (caught / named.length);
    recallBefore = caught / frauds;
  }
  return area;
}

/** Every pair. */
export function naiveRocAuc(rows: readonly ScoredRow[]): number | null {
  const pairs = rows
    .filter(isFraud)
    .flatMap((fraud) => rows.filter(isGenuine).map((genuine) => [fraud, genuine] as const));
  if (pairs.length === 0) return null;
  const won = pairs.map(([fraud, genuine]) => {
    return rank(fraud) > rank(genuine) ? 1 : rank(fraud) === rank(genuine) ? 0.5 : 0;
  });
  return won.reduce((sum: number, each) => sum + each, 0) / pairs.length;
}

const day = ({ occurredAtMs }: ScoredRow): string => new Date(occurredAtMs).toISOString().slice(0, 10);

/** After the Handbook's card_precision_top_k: group by card, the maximum of score and label, sort, head(k). */
export function naiveCardPrecision(rows: readonly ScoredRow[], k: number): number[] {
  let detected: string[] = [];
  const withCard = rows.filter(({ cardKey }) => cardKey !== null);
  return [...new Set(withCard.map(day))].sort().map((today) => {
    const ofDay = withCard.filter((row) => day(row) === today && !detected.includes(row.cardKey!));
    const cards = [...new Set(ofDay.map(({ cardKey }) => cardKey!))].sort().map((card) => {
      const own = ofDay.filter(({ cardKey }) => cardKey === card);
      return { card, prediction: Math.max(...own.map(rank)), fraud: own.some(isFraud) };
    });
    const top = cards.sort((a, b) => b.prediction - a.prediction).slice(0, k);
    const found = top.filter(({ fraud }) => fraud).map(({ card }) => card);
    detected = [...detected, ...found];
    return found.length / k;
  });
}

export function naiveRule(rows: readonly ScoredRow[], rule: string) {
  const met = rows.filter(({ hits }) => hits.includes(rule));
  const alone = met.filter(({ hits, decision }) => {
    const others = hits.filter((hit) => hit !== rule).reduce((sum, hit) => sum + POINTS[hit]!, 0);
    return decision !== 'approve' && Math.max(0, Math.min(100, others)) < THRESHOLDS.review;
  });
  return {
    hits: met.length,
    frauds: met.filter(isFraud).length,
    genuine: met.filter(isGenuine).length,
    unlabelled: met.filter(({ label }) => label === null).length,
    unique: {
      frauds: alone.filter(isFraud).length,
      genuine: alone.filter(isGenuine).length,
      unlabelled: alone.filter(({ label }) => label === null).length,
      fraudMinor: money(alone.filter(isFraud)),
    },
  };
}

export function naiveThresholdPoint(rows: readonly ScoredRow[], threshold: number) {
  const named = rows.filter((row) => rank(row) >= threshold);
  return {
    threshold,
    named: named.length,
    frauds: named.filter(isFraud).length,
    genuine: named.filter(isGenuine).length,
    caughtMinor: money(named.filter(isFraud)),
    stoppedGoodMinor: money(named.filter(isGenuine)),
  };
}

export function naiveDays(rows: readonly ScoredRow[]) {
  return [...new Set(rows.map(day))].sort().map((today) => {
    const own = rows.filter((row) => day(row) === today);
    const alerts = own.filter(({ decision }) => decision !== 'approve');
    return {
      day: today,
      transactions: own.length,
      alerts: alerts.length,
      declines: own.filter(({ decision }) => decision === 'decline').length,
      frauds: own.filter(isFraud).length,
      fraudsCaught: alerts.filter(isFraud).length,
      genuineStopped: alerts.filter(isGenuine).length,
      caughtMinor: money(alerts.filter(isFraud)),
      missedMinor: money(own.filter((row) => isFraud(row) && row.decision === 'approve')),
    };
  });
}

/** Transactions by `from>to`. */
export function naiveChanges(from: readonly ScoredRow[], to: readonly ScoredRow[]): Map<string, ScoredRow[]> {
  const changed = from
    .map((row, i) => ({ row, way: `${row.decision}>${to[i]!.decision}` }))
    .filter(({ way }) => way.split('>')[0] !== way.split('>')[1]);
  return Map.groupBy(changed, ({ way }) => way) as unknown as Map<string, ScoredRow[]>;
}
