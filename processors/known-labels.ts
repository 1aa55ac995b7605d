import { exclusionOf, leftOut } from '../domain/exclusions.ts';
import {
  accountOfStream,
  factData,
  type Label,
  type StoredFact,
  type TransactionLabelled,
} from '../domain/facts.ts';
import { occurredAtMs } from '../domain/occurred-at.ts';
import type { EventStore } from '../domain/ports.ts';

const READ_LIMIT = 1_000;

/** What the store says of its transactions, as of a moment: the latest label of each counts. */
export interface KnownLabels {
  /** @param revision of the transaction in its account's stream */
  of(accountId: string, revision: number): Label | null;
  count: number;
  /** When the newest of them was known, milliseconds since the epoch; -Infinity without any. */
  newestMs: number;
}

/**
 * Reads the labels up to position `through`.
 * @param knownByMs those that were known later are left out; Infinity leaves none out
 */
export async function knownLabels(
  store: Pick<EventStore, 'readOthers'>,
  through: number,
  knownByMs = Infinity,
): Promise<KnownLabels> {
  const accounts = new Map<string, AccountLabels>();
  for await (const fact of othersUpTo(store, through)) {
    const accountId = accountOfStream(fact.stream);
    if (accountId === undefined) continue;
    const exclusion = exclusionOf(fact);
    if (exclusion === undefined && fact.type !== 'TransactionLabelled') continue;
    let account = accounts.get(accountId);
    if (account === undefined) {
      account = { labels: [], exclusions: [] };
      accounts.set(accountId, account);
    }
    if (exclusion !== undefined) account.exclusions.push(exclusion);
    else account.labels.push(labelFact(fact));
  }
  return inForce(accounts, knownByMs);
}

interface LabelFact {
  revision: number;
  about: number;
  label: Label;
  knownAtMs: number;
}

interface AccountLabels {
  labels: LabelFact[];
  exclusions: NonNullable<ReturnType<typeof exclusionOf>>[];
}

function labelFact(fact: StoredFact): LabelFact {
  const { about, label, knownAt } = factData<TransactionLabelled>(fact);
  return { revision: fact.revision, about, label, knownAtMs: occurredAtMs(knownAt) };
}

function inForce(accounts: ReadonlyMap<string, AccountLabels>, knownByMs: number): KnownLabels {
  const byAccount = new Map<string, Map<number, Label>>();
  let newestMs = -Infinity;
  let count = 0;
  for (const [accountId, { labels, exclusions }] of accounts) {
    const out = leftOut(exclusions, Infinity);
    const own = new Map<number, Label>();
    for (const { revision, about, label, knownAtMs } of labels) {
      if (knownAtMs > knownByMs || out.has(revision)) continue;
      own.set(about, label);
      newestMs = Math.max(newestMs, knownAtMs);
    }
    if (own.size > 0) byAccount.set(accountId, own);
    count += own.size;
  }
  return {
    of: count === 0 ? () => null : (accountId, revision) => byAccount.get(accountId)?.get(revision) ?? null,
    count,
    newestMs,
  };
}

async function* othersUpTo(
  store: Pick<EventStore, 'readOthers'>,
  through: number,
): AsyncGenerator<StoredFact> {
  for (let after = 0; after < through; ) {
    const facts = await store.readOthers(after, READ_LIMIT);
    for (const fact of facts) {
      if (fact.position > through) return;
      yield fact;
    }
    if (facts.length < READ_LIMIT) return;
    after = facts.at(-1)!.position;
  }
}
