import { randomUUID } from 'node:crypto';
import { admit } from '../domain/door/admit.ts';
import { transactionSubmitted } from '../domain/facts.ts';
import type { ReadingStore } from '../infra/event-store/reading-store.ts';
import type { StoreClient } from '../infra/event-store/store-client.ts';
import { activateRuleSet, publishRuleSet } from '../infra/server/services/rule-set-publishing.ts';
import { paymentJson } from './payments.ts';

const ACCOUNTS = 20_000;
const IN_FLIGHT = 1_000;
const PAGE = 1_000;
const DAY_MS = 86_400_000;

export async function activate(store: StoreClient, source: string): Promise<void> {
  const answer = await publishRuleSet(store, source, 'bench');
  if (answer.kind === 'refused') throw new Error(JSON.stringify(answer.problems));
  await activateRuleSet(store, answer.summary, 'bench');
}

/** Thirty days of payments of accounts chosen at random. @param transactions a multiple of 1000 */
export async function fill(store: StoreClient, transactions: number): Promise<void> {
  const startMs = Date.now() - 31 * DAY_MS;
  for (let from = 0; from < transactions; from += IN_FLIGHT) {
    const batch = Array.from({ length: IN_FLIGHT }, (_, i) => {
      const occurredAtMs = startMs + Math.floor(((from + i) / transactions) * 30 * DAY_MS);
      const account = Math.floor(Math.random() ** 2 * ACCOUNTS);
      return store.submit(submissionOf(paymentJson(randomUUID(), account, occurredAtMs)));
    });
    await Promise.all(batch);
  }
}

function submissionOf(json: string) {
  const admitted = admit(JSON.parse(json), {
    receivedAtMs: Date.now(),
    rates: { version: 1, base: 'EUR', rates: {} },
    latenessMs: 0,
    futureMs: 0,
    origin: 'import',
    eventId: randomUUID(),
    cardNumberFields: new Set(),
  });
  if ('problems' in admitted) throw new Error(JSON.stringify(admitted.problems));
  return admitted.submission;
}

/** Reads all there is and parses the transactions, and does nothing with them. */
export function scanAndParse({ reader }: ReadingStore): void {
  for (let after = 0; ; ) {
    const facts = reader.readAll(after, PAGE);
    for (const fact of facts) if (fact.type === 'TransactionSubmitted') transactionSubmitted(fact);
    if (facts.length < PAGE) return;
    after = facts.at(-1)!.position;
  }
}
