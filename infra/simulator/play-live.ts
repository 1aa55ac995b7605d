import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from '../../domain/decision.ts';
import { type ApiAnswer, type ApiClient, problemOf } from '../client/api-client.ts';
import type { SimulatedTransaction } from './simulate.ts';
import type { Truth } from './truth.ts';

/** What became of a transaction that was submitted while its payer waited. */
export interface Outcome {
  accountId: string;
  transactionId: string;
  truth: Truth | null;
  /** Null where the decision was not there in time, or the transaction was not taken. */
  decision: Verdict | null;
  reasons: string[];
  /** From handing it to the connection pool to having the answer. */
  latencyMs: number;
  /** Why it was not taken; null if it was. */
  failure: string | null;
}

export interface LiveOptions {
  /** Of scope submit. */
  submitKey: string;
  /** Transactions a second to start, on time whatever the server does. */
  ratePerSecond: number;
  /** How long a payer waits for the decision, in milliseconds. */
  waitMs: number;
  /** Told of every outcome. */
  onOutcome(outcome: Outcome): void;
  signal?: AbortSignal | undefined;
}

/** Submissions under way, beyond which the rate gives way: a server that has stopped must not fill the memory. */
const MOST_UNDER_WAY = 2_000;
const MOST_TRIES = 8;

/**
 * Submits transactions one by one at a rate, each waiting for its decision. Those of one account go in their order,
 * the next when the last was answered.
 *
 * @returns the outcomes in order of submission, and the seconds it took
 * @throws Error where the server cannot be reached
 */
export async function playLive(
  transactions: Iterable<SimulatedTransaction>,
  client: ApiClient,
  options: LiveOptions,
): Promise<{ outcomes: Outcome[]; seconds: number }> {
  const startMs = performance.now();
  const underWay = new Set<Promise<Outcome>>();
  const all: Promise<Outcome>[] = [];
  const lastOf = new Map<string, Promise<Outcome>>();
  let broken: unknown;
  for (const each of transactions) {
    if (options.signal?.aborted === true || broken !== undefined) break;
    await untilDue(startMs + (all.length * 1_000) / options.ratePerSecond);
    while (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
    const { accountId } = each.transaction;
    const before = lastOf.get(accountId);
    const outcome = (before ?? Promise.resolve()).then(() => submit(each, client, options));
    lastOf.set(accountId, outcome);
    underWay.add(outcome);
    all.push(outcome);
    const settled = outcome.then(options.onOutcome, (error: unknown) => {
      broken ??= error;
    });
    void settled.finally(() => underWay.delete(outcome));
  }
  const outcomes = await Promise.all(all);
  return { outcomes, seconds: (performance.now() - startMs) / 1_000 };
}

/** Timers are good to a millisecond: those due within one go together. */
async function untilDue(dueMs: number): Promise<void> {
  const leftMs = dueMs - performance.now();
  if (leftMs > 0.5) await sleep(leftMs);
}

async function submit(
  { transaction, truth }: SimulatedTransaction,
  client: ApiClient,
  { submitKey, waitMs }: LiveOptions,
): Promise<Outcome> {
  const { accountId, transactionId } = transaction;
  const body = JSON.stringify(transaction);
  const sentMs = performance.now();
  const request = {
    method: 'POST',
    path: '/v1/transactions',
    key: submitKey,
    body,
    prefer: `wait=${waitMs / 1_000}`,
  } as const;
  const answer = await patiently(() => client.send(request));
  const latencyMs = performance.now() - sentMs;
  const known = { accountId, transactionId, truth, latencyMs };
  if (answer.status === 200) {
    const { decision, reasons } = JSON.parse(answer.body) as { decision: Verdict; reasons: string[] };
    return { ...known, decision, reasons, failure: null };
  }
  return { ...known, decision: null, reasons: [], failure: answer.status === 202 ? null : problemOf(answer) };
}

/** A server that has no room says when to come again. */
async function patiently(send: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  for (let tries = 1; ; tries++) {
    const answer = await send();
    if (answer.status !== 503 || tries === MOST_TRIES) return answer;
    await sleep(answer.retryAfterMs ?? 200);
  }
}
