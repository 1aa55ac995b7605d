import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/**
 * A recorded history in columns, in file order. It is read and reckoned with here by other code than the product's
 * own, because it is what the product is held against.
 */
export interface History {
  transactionId: string[];
  account: string[];
  merchant: string[];
  /** Milliseconds since the epoch. */
  occurredAt: number[];
  amountMinor: number[];
  isFraud: boolean[];
  /**
   * From which row on the fraud is known, if it is one: a label stands before the first row as late as its knownAt.
   * Where that is before the fraud itself, there is nothing to label yet, and it is never known.
   */
  knownFrom: number[];
}

interface Payment {
  transactionId: string;
  accountId: string;
  merchantId: string;
  amountMinor: number;
  occurredAt: string;
}

interface Label {
  transactionId: string;
  accountId: string;
  knownAt: string;
}

/** @param folder where `shrike generate handbook` wrote */
export async function readHistory(folder: string): Promise<History> {
  const payments: Payment[] = [];
  for await (const line of lines(`${folder}/transactions.ndjson.gz`)) payments.push(JSON.parse(line));
  const labels: Label[] = [];
  for await (const line of lines(`${folder}/labels.ndjson.gz`)) labels.push(JSON.parse(line));
  return historyOf(payments, labels);
}

export function historyOf(payments: readonly Payment[], labels: readonly Label[]): History {
  const occurredAt = payments.map((payment) => Date.parse(payment.occurredAt));
  const isFraud = payments.map(() => false);
  const knownFrom = payments.map(() => Number.POSITIVE_INFINITY);
  const rowOf = new Map(
    payments.map(({ transactionId, accountId }, row) => [accountId + transactionId, row]),
  );
  const latest: number[] = [];
  for (const at of occurredAt) latest.push(Math.max(at, latest.at(-1) ?? at));
  for (const { transactionId, accountId, knownAt } of labels) {
    const row = rowOf.get(accountId + transactionId)!;
    isFraud[row] = true;
    const place = firstAtLeast(latest, Date.parse(knownAt));
    if (place > row) knownFrom[row] = place;
  }
  return {
    transactionId: payments.map(({ transactionId }) => transactionId),
    account: payments.map(({ accountId }) => accountId),
    merchant: payments.map(({ merchantId }) => merchantId),
    occurredAt,
    amountMinor: payments.map(({ amountMinor }) => amountMinor),
    isFraud,
    knownFrom,
  };
}

/** Index of the first of rising values that is at least `least`; their number if none is. */
function firstAtLeast(rising: readonly number[], least: number): number {
  let from = 0;
  let to = rising.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (rising[middle]! < least) from = middle + 1;
    else to = middle;
  }
  return from;
}

export async function* lines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  for await (const line of createInterface({ input: text })) if (line !== '') yield line;
}
