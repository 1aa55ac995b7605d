import type { Played } from './play.ts';
import type { Outcome } from './play-live.ts';
import { FRAUD_PATTERNS, type FraudPattern, LOOK_ALIKES, type LookAlike } from './truth.ts';

/** How well the decisions caught what was planted. Shares are 0..1, null where there was nothing to share. */
export interface Report {
  frauds: FraudResult[];
  lookAlikes: LookAlikeResult[];
  transactions: number;
  fraudTransactions: number;
  /** Transactions decided review or decline. */
  alerts: number;
  /** Of the alerts, how many are of planted fraud. */
  precision: number | null;
  /** Of the fraudulent transactions, how many were alerted. */
  recall: number | null;
  incidents: number;
  incidentsCaught: number;
  accountsAlerted: number;
  /** Of the accounts alerted, in how many fraud was planted. */
  accountPrecision: number | null;
  /** Alerts that analysts have before them: one may hold many transactions. */
  queue: number;
  latency: Latency;
  /** Submissions a second, as they were reached. */
  ratePerSecond: number;
  /** Decisions that were not there in time. */
  degraded: number;
  /** Submissions that were not taken. */
  failed: number;
  /** Why the first of them were not. */
  failures: string[];
}

export interface FraudResult {
  pattern: FraudPattern;
  planted: number;
  /** Incidents of which at least one transaction was alerted. */
  caught: number;
  transactions: number;
  alerts: number;
  /** Of the incidents caught, which of their transactions was the first alerted, counted from 1. */
  medianUntilAlert: number | null;
}

export interface LookAlikeResult {
  pattern: LookAlike;
  planted: number;
  /** Incidents of which a transaction was alerted, though honest. */
  alerted: number;
  transactions: number;
  alerts: number;
}

/** From submission to decision, in milliseconds; null where there was none. */
export interface Latency {
  p50Ms: number | null;
  p99Ms: number | null;
  p999Ms: number | null;
  maxMs: number | null;
}

/** Judges outcomes, in order of submission, by what was planted. */
export function judge({ outcomes, seconds, degraded, queue }: Played['live']): Report {
  const incidents = incidentsIn(outcomes);
  const alerted = outcomes.filter(isAlerted);
  const fraudulent = outcomes.filter(isFraud);
  const frauds = FRAUD_PATTERNS.map((pattern) => fraudResult(pattern, incidents));
  const accounts = new Set(alerted.map(({ accountId }) => accountId));
  const fraudAccounts = new Set(fraudulent.map(({ accountId }) => accountId));
  const failures = outcomes.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  return {
    frauds,
    lookAlikes: LOOK_ALIKES.map((pattern) => lookAlikeResult(pattern, incidents)),
    transactions: outcomes.length,
    fraudTransactions: fraudulent.length,
    alerts: alerted.length,
    precision: share(alerted.filter(isFraud).length, alerted.length),
    recall: share(fraudulent.filter(isAlerted).length, fraudulent.length),
    incidents: sum(frauds.map(({ planted }) => planted)),
    incidentsCaught: sum(frauds.map(({ caught }) => caught)),
    accountsAlerted: accounts.size,
    accountPrecision: share(
      [...accounts].filter((account) => fraudAccounts.has(account)).length,
      accounts.size,
    ),
    queue,
    latency: latencyOf(outcomes),
    ratePerSecond: seconds > 0 ? outcomes.length / seconds : 0,
    degraded,
    failed: failures.length,
    failures: failures.slice(0, 5),
  };
}

function isAlerted({ decision }: Outcome): boolean {
  return decision === 'review' || decision === 'decline';
}

function isFraud({ truth }: Outcome): boolean {
  return truth?.kind === 'fraud';
}

function incidentsIn(outcomes: readonly Outcome[]): Outcome[][] {
  const incidents = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    if (outcome.truth === null) continue;
    const { incidentId } = outcome.truth;
    const incident = incidents.get(incidentId);
    if (incident === undefined) incidents.set(incidentId, [outcome]);
    else incident.push(outcome);
  }
  return [...incidents.values()];
}

function fraudResult(pattern: FraudPattern, incidents: readonly Outcome[][]): FraudResult {
  const { planted, alerted, transactions, alerts } = counted(pattern, incidents);
  const firsts = alerted.map((incident) => incident.findIndex(isAlerted) + 1);
  return { pattern, planted, caught: alerted.length, transactions, alerts, medianUntilAlert: median(firsts) };
}

function lookAlikeResult(pattern: LookAlike, incidents: readonly Outcome[][]): LookAlikeResult {
  const { planted, alerted, transactions, alerts } = counted(pattern, incidents);
  return { pattern, planted, alerted: alerted.length, transactions, alerts };
}

function counted(pattern: FraudPattern | LookAlike, incidents: readonly Outcome[][]) {
  const ofPattern = incidents.filter((incident) => incident[0]?.truth?.pattern === pattern);
  const outcomes = ofPattern.flat();
  return {
    planted: ofPattern.length,
    alerted: ofPattern.filter((incident) => incident.some(isAlerted)),
    transactions: outcomes.length,
    alerts: outcomes.filter(isAlerted).length,
  };
}

function latencyOf(outcomes: readonly Outcome[]): Latency {
  const answered = outcomes.filter(({ failure }) => failure === null);
  const sorted = Float64Array.from(answered, ({ latencyMs }) => latencyMs).sort();
  const at = (perMille: number): number | null =>
    sorted.length === 0 ? null : sorted[Math.max(0, Math.ceil((sorted.length * perMille) / 1_000) - 1)]!;
  return { p50Ms: at(500), p99Ms: at(990), p999Ms: at(999), maxMs: at(1_000) };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The lower of the two middle ones where there are two: a count that did happen. */
function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}
