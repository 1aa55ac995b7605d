import { FACT_SCHEMA_VERSIONS, type FactDraft, type Origin, type TransactionSubmitted } from '../facts.ts';
import { occurredAtMs } from '../occurred-at.ts';
import type { Submission } from '../ports.ts';
import { type RateTable, toBaseMinor } from '../rates.ts';
import type { Transaction } from '../transaction.ts';
import { cardNumberProblems } from './card-number-problems.ts';
import type { FieldProblem } from './field-problems.ts';
import { parseTransaction } from './parse-transaction.ts';

/** What the door knows when a transaction arrives. */
export interface DoorContext {
  /** The door's clock at this arrival, milliseconds since the epoch. */
  receivedAtMs: number;
  rates: RateTable;
  /** How long ago a live transaction may have occurred. */
  latenessMs: number;
  /** How far ahead of the door's clock it may have occurred. */
  futureMs: number;
  origin: Origin;
  /** A fresh UUID for the fact, should the transaction be new. */
  eventId: string;
  /** Of CARD_NUMBER_FIELDS, those that are checked. */
  cardNumberFields: ReadonlySet<string>;
  /** W3C trace context to keep with the fact. */
  traceparent?: string | undefined;
}

/** What the door lets in. */
export interface Admitted {
  submission: Submission;
  /** Its amount in the base currency is missing: no rate was in force, or it would not fit. */
  isWithoutRate: boolean;
}

export const DEFAULT_LATENESS_MS = 7 * 24 * 3_600_000;
export const DEFAULT_FUTURE_MS = 5 * 60_000;

/**
 * Checks what someone handed in as a transaction and makes it ready for the store. Total: never throws on any
 * JSON value. The bounds on its time go with the submission, because a repeat is answered whatever the clock says.
 */
export function admit(value: unknown, context: DoorContext): Admitted | { problems: FieldProblem[] } {
  const parsed = parseTransaction(value);
  if ('problems' in parsed) return parsed;
  const problems = cardNumberProblems(parsed.transaction, context.cardNumberFields);
  return problems.length > 0 ? { problems } : admitted(parsed.transaction, context);
}

function admitted(transaction: Transaction, context: DoorContext): Admitted {
  const { amountMinor, currency } = transaction;
  const amountBaseMinor = toBaseMinor(amountMinor, currency, context.rates);
  return {
    submission: submission(transaction, amountBaseMinor, context),
    isWithoutRate: amountBaseMinor === null,
  };
}

function submission(
  transaction: Transaction,
  amountBaseMinor: number | null,
  context: DoorContext,
): Submission {
  return {
    accountId: transaction.accountId,
    transactionId: transaction.transactionId,
    occurredAtMs: occurredAtMs(transaction.occurredAt),
    draft: draft(transaction, amountBaseMinor, context),
    notBeforeMs: context.origin === 'import' ? null : context.receivedAtMs - context.latenessMs,
    notAfterMs: context.receivedAtMs + context.futureMs,
  };
}

function draft(transaction: Transaction, amountBaseMinor: number | null, context: DoorContext): FactDraft {
  const { ipAddress, latitude, longitude, ...impersonal } = transaction;
  const isPersonal = ipAddress !== undefined || latitude !== undefined || longitude !== undefined;
  const wasConverted = amountBaseMinor !== null && transaction.currency !== context.rates.base;
  const data: TransactionSubmitted = {
    transaction: impersonal,
    amountBaseMinor,
    ratesVersion: wasConverted ? context.rates.version : null,
    receivedAtMs: context.receivedAtMs,
    origin: context.origin,
  };
  return {
    eventId: context.eventId,
    type: 'TransactionSubmitted',
    schemaVersion: FACT_SCHEMA_VERSIONS.TransactionSubmitted,
    key: transaction.transactionId,
    data: JSON.stringify(data),
    personal: isPersonal ? JSON.stringify({ ipAddress, latitude, longitude }) : null,
    metadata: context.traceparent === undefined ? null : JSON.stringify({ traceparent: context.traceparent }),
  };
}
