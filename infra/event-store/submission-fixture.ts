import { randomUUID } from 'node:crypto';
import type { FactDraft } from '../../domain/facts.ts';
import { occurredAtMs } from '../../domain/occurred-at.ts';
import type { Submission } from '../../domain/ports.ts';
import { PERSONAL_FIELDS, type Transaction } from '../../domain/transaction.ts';

/** A payment for tests and benchmarks; `changes` replace or add fields. */
export function payment(changes: Partial<Transaction> = {}): Transaction {
  return {
    transactionId: 'tx-1',
    accountId: 'alice',
    amountMinor: 12_50,
    currency: 'EUR',
    occurredAt: '2026-03-01T12:30:00.250Z',
    merchantId: 'merchant-77120',
    merchantCategory: '5411',
    merchantCountry: 'DE',
    country: 'DE',
    channel: 'card_present',
    entryMode: 'chip',
    type: 'authorization',
    deviceId: 'terminal-0048151623',
    ...changes,
  };
}

/** The payment as the door would hand it in, without bounds of the clock unless `bounds` set some. */
export function submissionOf(transaction: Transaction, bounds: Partial<Submission> = {}): Submission {
  const { accountId, transactionId } = transaction;
  return {
    accountId,
    transactionId,
    occurredAtMs: occurredAtMs(transaction.occurredAt),
    draft: submittedDraft(transaction),
    notBeforeMs: null,
    notAfterMs: Date.UTC(2100, 0),
    ...bounds,
  };
}

function submittedDraft(transaction: Transaction): FactDraft {
  const rest: Record<string, unknown> = { ...transaction };
  const personal: Record<string, unknown> = {};
  for (const field of PERSONAL_FIELDS) {
    if (rest[field] !== undefined) personal[field] = rest[field];
    delete rest[field];
  }
  return {
    ...noteDraft('TransactionSubmitted', {
      transaction: rest,
      amountBaseMinor: transaction.amountMinor,
      ratesVersion: null,
      receivedAtMs: Date.now(),
      origin: 'live',
    }),
    key: transaction.transactionId,
    personal: Object.keys(personal).length > 0 ? JSON.stringify(personal) : null,
  };
}

/** A fact without key and personal fields. */
export function noteDraft(
  type = 'AlertNoted',
  data: unknown = { by: 'ana', at: 'now', text: 'seen' },
): FactDraft {
  return {
    eventId: randomUUID(),
    type,
    schemaVersion: 1,
    key: null,
    data: JSON.stringify(data),
    personal: null,
    metadata: null,
  };
}
