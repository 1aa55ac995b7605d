import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from '../../domain/transaction.ts';
import { type Ledger, nameOf } from './ledger.ts';
import { type EntityField, type Expected, expectedDecision, type Paid } from './oracle.ts';
import { watchedBefore } from './watched.ts';

/** What does not hold, by what it is. */
export type Kind =
  | 'lost'
  | 'doubled'
  | 'moved'
  | 'changed'
  | 'never sent'
  | 'gap'
  | 'order'
  | 'answer'
  | 'decision'
  | 'alert'
  | 'view';
export interface Fault {
  kind: Kind;
  what: string;
}

export interface Comparison {
  faults: Fault[];
  facts: number;
  decisions: number;
  alerts: number;
}

/** What a deployment holds: its facts in global order, its decisions and its alerts as the tables have them. */
export interface Holdings {
  facts: readonly FactRow[];
  decisions: readonly Row[];
  alerts: readonly Row[];
}

/** Everything a data folder holds, held against what its clients know and what an oracle says. The server is ended. */
export function compare(folder: string, ledger: Ledger): Comparison {
  const facts = rowsOf(folder, 'facts.db', 'SELECT * FROM facts ORDER BY position') as unknown as FactRow[];
  const decisions = rowsOf(folder, 'risk.db', 'SELECT * FROM decisions ORDER BY position');
  const alerts = rowsOf(folder, 'views.db', 'SELECT * FROM alerts');
  return compareHoldings({ facts, decisions, alerts }, ledger);
}

/** As `compare`, of any deployment. */
export function compareHoldings({ facts, decisions, alerts }: Holdings, ledger: Ledger): Comparison {
  const faults: Fault[] = ledger.unexpected.map((what) => ({ kind: 'answer', what }));
  const fault = (kind: Kind, what: string) => void faults.push({ kind, what });
  const stored = facts.filter(({ type }) => type === 'TransactionSubmitted').map(storedOf);
  compareOrder(facts, fault);
  compareSubmissions(stored, ledger, fault);
  const expected = expectations(stored, facts);
  compareDecisions(decisions, expected, ledger, fault);
  compareAlerts(facts, alerts, expected, fault);
  return { faults, facts: facts.length, decisions: decisions.length, alerts: alerts.length };
}

type Report = (kind: Kind, what: string) => void;
// biome-ignore lint/suspicious/noExplicitAny: columns as the tables have them.
export type Row = Record<string, any>;

export interface FactRow {
  position: number;
  stream: string;
  revision: number;
  type: string;
  data: string;
  personal: string | null;
}

function rowsOf(folder: string, file: string, sql: string): Row[] {
  const database = new DatabaseSync(join(folder, file));
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

interface Stored extends Paid {
  amountBaseMinor: number | null;
}

function storedOf({ position, stream, revision, data, personal }: FactRow): Stored {
  const { transaction, amountBaseMinor } = JSON.parse(data) as {
    transaction: Transaction;
    amountBaseMinor: number | null;
  };
  if (personal !== null) Object.assign(transaction, JSON.parse(personal));
  if (stream !== `account-${transaction.accountId}`)
    throw new Error(`${stream} holds ${nameOf(transaction)}`);
  return { transaction, amountBaseMinor, revision, position };
}

/** Each stream counts from 0 without a gap, in the order of positions. */
function compareOrder(facts: readonly FactRow[], fault: Report): void {
  const next = new Map<string, number>();
  for (const { stream, revision, position } of facts) {
    const expected = next.get(stream) ?? 0;
    if (revision !== expected)
      fault('gap', `${stream} has revision ${revision} at ${position}, not ${expected}`);
    next.set(stream, revision + 1);
  }
}

function compareSubmissions(stored: readonly Stored[], ledger: Ledger, fault: Report): void {
  const byName = Map.groupBy(stored, ({ transaction }) => nameOf(transaction));
  for (const [name, found] of byName) {
    const entry = ledger.entries.get(name);
    if (found.length > 1) fault('doubled', `${name} at ${found.map(({ position }) => position)}`);
    if (entry === undefined || entry.sent === 0) fault('never sent', name);
    else if (!isDeepStrictEqual(found[0]!.transaction, entry.transaction)) fault('changed', name);
    const { currency, amountMinor } = found[0]!.transaction;
    if (found[0]!.amountBaseMinor !== (currency === 'EUR' ? amountMinor : null))
      fault('changed', `${name}: its base amount`);
  }
  for (const [name, { answers }] of ledger.entries) {
    const found = byName.get(name)?.[0];
    if (answers.length > 0 && found === undefined) fault('lost', name);
    for (const { revision, position } of answers) {
      if (found !== undefined && (found.revision !== revision || found.position !== position))
        fault(
          'moved',
          `${name}: answered ${revision} at ${position}, stands ${found.revision} at ${found.position}`,
        );
    }
  }
}

interface Judged extends Stored {
  version: number;
  expected: Expected;
}

/** What the oracle says of every stored transaction, by position. */
function expectations(stored: readonly Stored[], facts: readonly FactRow[]): Map<number, Judged> {
  const activations = facts
    .filter(({ type, stream }) => type === 'RuleSetActivated' && stream === 'ruleset-faults')
    .map(({ position, data }) => ({ position, version: (JSON.parse(data) as { version: number }).version }));
  const isWatched = watchedBefore(facts);
  const histories = new Map<string, Stored[]>();
  const ofEntities = new Map<string, Stored[]>();
  const entity = (field: EntityField, { transaction }: Stored): Stored[] => {
    const key = `${field} ${transaction[field]}`;
    const known = ofEntities.get(key) ?? [];
    ofEntities.set(key, known);
    return known;
  };
  const judged = new Map<number, Judged>();
  for (const it of stored) {
    const { accountId } = it.transaction;
    const earlier = histories.get(accountId) ?? [];
    histories.set(accountId, earlier);
    // Version 0 is none: then the activation is lost, and no decision can be right.
    const version = activations.findLast(({ position }) => position < it.position)?.version ?? 0;
    const elsewhere = { merchantId: entity('merchantId', it), deviceId: entity('deviceId', it) };
    const { merchantId, occurredAt } = it.transaction;
    const watched = isWatched(merchantId!, it.position, Date.parse(occurredAt));
    const expected = expectedDecision(earlier, elsewhere, it, watched, version);
    judged.set(it.position, { ...it, version, expected });
    for (const history of [earlier, elsewhere.merchantId, elsewhere.deviceId]) history.push(it);
  }
  return judged;
}

function compareDecisions(
  rows: readonly Row[],
  expected: ReadonlyMap<number, Judged>,
  ledger: Ledger,
  fault: Report,
): void {
  const recorded = new Map(rows.map((row) => [row.position as number, row]));
  for (const [position, judged] of expected) {
    const row = recorded.get(position);
    const right = decisionOf(judged);
    const wrong = row === undefined ? 'is missing' : difference(recordedDecision(row), right);
    if (wrong !== undefined) fault('decision', `on ${nameOf(judged.transaction)} at ${position} ${wrong}`);
  }
  for (const { position } of rows) {
    if (!expected.has(position)) fault('decision', `at ${position} is on nothing that is stored`);
  }
  for (const [name, { answers }] of ledger.entries) {
    for (const { position, verdict } of answers) {
      const row = recorded.get(position);
      if (verdict === undefined || row === undefined) continue;
      const { score, decision, reasons, ruleSet } = recordedDecision(row);
      const wrong = difference(verdict, { score, decision, reasons, ruleSet });
      if (wrong !== undefined) fault('answer', `on ${name}: told ${wrong}`);
    }
  }
}

function decisionOf({ transaction, revision, version, expected }: Judged) {
  const { accountId, transactionId, occurredAt } = transaction;
  const ruleSet = { name: 'faults', version };
  return { accountId, transactionId, revision, occurredAtMs: Date.parse(occurredAt), ruleSet, ...expected };
}

function recordedDecision(row: Row) {
  return {
    accountId: row.account_id,
    transactionId: row.transaction_id,
    revision: row.revision,
    occurredAtMs: row.occurred_at_ms,
    ruleSet: { name: row.rule_set, version: row.rule_set_version },
    score: row.score,
    decision: row.decision,
    reasons: JSON.parse(row.reasons),
    hits: JSON.parse(row.hits),
    features: JSON.parse(row.features),
    undefinedRules: JSON.parse(row.undefined_rules),
    lateByMs: row.late_by_ms,
  };
}

/** FraudSuspected once for each suspicious decision, and an open alert in the view for each of those. */
function compareAlerts(
  facts: readonly FactRow[],
  views: readonly Row[],
  expected: ReadonlyMap<number, Judged>,
  fault: Report,
): void {
  const raised = facts.filter(({ type }) => type === 'FraudSuspected');
  const subjects = Map.groupBy(raised, ({ data }) => (JSON.parse(data) as { position: number }).position);
  const shown = new Map(views.map((row) => [row.transaction_position as number, row]));
  if (shown.size !== views.length) fault('view', 'has two alerts on one transaction');
  for (const judged of expected.values()) {
    const { position, transaction } = judged;
    const name = `on ${nameOf(transaction)} at ${position}`;
    const isSuspicious = judged.expected.decision !== 'approve';
    const found = subjects.get(position) ?? [];
    if (found.length !== (isSuspicious ? 1 : 0)) fault('alert', `${name}: raised ${found.length} times`);
    const row = shown.get(position);
    if ((row !== undefined) !== isSuspicious) fault('view', `${name}: ${row ? 'shown' : 'not shown'}`);
    if (!isSuspicious || found.length === 0) continue;
    const wrong = difference(alertOf(JSON.parse(found[0]!.data)), expectedAlert(judged));
    if (wrong !== undefined) fault('alert', `${name} ${wrong}`);
    const wrongRow = row === undefined ? undefined : difference(rowAlert(row), expectedRow(judged));
    if (wrongRow !== undefined) fault('view', `${name} ${wrongRow}`);
  }
  for (const position of [...subjects.keys(), ...shown.keys()]) {
    if (!expected.has(position)) fault('alert', `at ${position} is on nothing that is stored`);
  }
}

function expectedAlert(judged: Judged) {
  const { accountId, transactionId, revision, ruleSet, score, decision, reasons, hits, features, lateByMs } =
    decisionOf(judged);
  return {
    ...{ accountId, transactionId, revision, ruleSet, score, decision, reasons, hits, features, lateByMs },
    amountBaseMinor: judged.amountBaseMinor,
    occurredAt: judged.transaction.occurredAt,
  };
}

function alertOf(data: Row) {
  const { accountId, transactionId, revision, ruleSet, score, decision, reasons, hits, lateByMs } = data;
  return {
    ...{ accountId, transactionId, revision, ruleSet, score, decision, reasons, hits, lateByMs },
    features: Object.values(data.features),
    amountBaseMinor: data.amountBaseMinor,
    occurredAt: data.occurredAt,
  };
}

function expectedRow({ transaction, revision, expected }: Judged) {
  const { score, decision, reasons } = expected;
  return { accountId: transaction.accountId, revision, score, decision, reasons, state: 'open' };
}

function rowAlert(row: Row) {
  const { account_id, transaction_revision, score, decision, reasons, state } = row;
  return {
    ...{ accountId: account_id, revision: transaction_revision, score, decision, state },
    reasons: JSON.parse(reasons),
  };
}

/** The first member in which two records differ, in words. */
function difference(found: Row, right: Row): string | undefined {
  const names = [...new Set([...Object.keys(found), ...Object.keys(right)])];
  const name = names.find((member) => !isDeepStrictEqual(found[member], right[member]));
  return name === undefined
    ? undefined
    : `${name} ${JSON.stringify(found[name])}, not ${JSON.stringify(right[name])}`;
}
