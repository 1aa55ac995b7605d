import type { Page, Reading, TransactionLookup, TransactionView } from '../../../api/services.ts';
import { accountStream, isReadable, type StoredFact, transactionSubmitted } from '../../../domain/facts.ts';
import type { EventStore, StreamTails, Submissions } from '../../../domain/ports.ts';
import type { DecisionQueries } from '../../read-model/queries/decision-queries.ts';
import { type DefinitionOf, explained } from './explained.ts';

type Store = Pick<EventStore, 'readStream'> & StreamTails & Pick<Submissions, 'find'>;

export interface ReadingOptions {
  store: Store;
  decisions: DecisionQueries;
  definitionOf: DefinitionOf;
  waitFor: Reading['waitFor'];
}

/** Accounts named where a transaction id alone does not say which is meant. */
const MOST_ACCOUNTS_NAMED = 10;

/** Transactions are read from the store itself, decisions from what the risk processor recorded. */
export function reading({ store, decisions, definitionOf, waitFor }: ReadingOptions): Reading {
  async function view(fact: StoredFact): Promise<TransactionView> {
    const submitted = transactionSubmitted(fact);
    const { accountId, transactionId } = submitted.transaction;
    const decision = await decisions.at(accountId, fact.position);
    return {
      stored: { transactionId, accountId, revision: fact.revision, position: fact.position },
      submitted,
      decision: decision && (await explained(decision, definitionOf)),
    };
  }

  async function lookUp(transactionId: string, accountId: string | undefined): Promise<TransactionLookup> {
    const accountIds = accountId === undefined ? await accountsOf(decisions, transactionId) : [accountId];
    if (accountIds.length > 1) return { kind: 'ambiguous', accountIds };
    const fact = accountIds.length === 0 ? undefined : await store.find(accountIds[0]!, transactionId);
    return fact === undefined ? { kind: 'none' } : { kind: 'found', transaction: await view(fact) };
  }

  return {
    waitFor,
    async transaction(transactionId, accountId) {
      const asOf = await decisions.reflected();
      return { asOf, value: await lookUp(transactionId, accountId) };
    },
    async account(accountId) {
      const asOf = await decisions.reflected();
      const latest = await newestDecision(store, decisions, accountId);
      const value = latest && {
        accountId,
        revision: latest.revision,
        latest: await explained(latest, definitionOf),
      };
      return { asOf, value };
    },
    async accountTransactions(accountId, page) {
      const asOf = await decisions.reflected();
      const facts = await pageOf(store, accountStream(accountId), page);
      // Of a newer version's there is nothing to show yet.
      const transactions = facts.filter((fact) => fact.type === 'TransactionSubmitted' && isReadable(fact));
      return { asOf, value: await Promise.all(transactions.map(view)) };
    },
  };
}

/** The accounts that have a decided transaction of this id, some of them if there are many. */
export async function accountsOf(
  decisions: Pick<DecisionQueries, 'ofTransactionId'>,
  transactionId: string,
): Promise<string[]> {
  const found = await decisions.ofTransactionId(transactionId, MOST_ACCOUNTS_NAMED);
  return [...new Set(found.map((decision) => decision.accountId))];
}

/** How many of an account's newest facts may not be decided yet before it is looked for by account. */
const UNDECIDED = 64;

async function newestDecision(store: Store, decisions: DecisionQueries, accountId: string) {
  const newest = await store.newestOf(accountStream(accountId));
  if (newest === undefined) return undefined;
  const from = Math.max(0, newest.revision - UNDECIDED);
  const facts = await store.readStream(newest.stream, from, newest.revision - from + 1);
  for (const fact of facts.reverse()) {
    const decision = await decisions.at(accountId, fact.position);
    if (decision !== undefined) return decision;
  }
  return decisions.newestOfAccount(accountId);
}

async function pageOf(store: Store, stream: string, { order, after, limit }: Page): Promise<StoredFact[]> {
  if (order === 'oldest') return store.readStream(stream, after === null ? 0 : after + 1, limit);
  const before = after ?? ((await store.newestOf(stream))?.revision ?? -1) + 1;
  const from = Math.max(0, before - limit);
  const facts = before === from ? [] : await store.readStream(stream, from, before - from);
  return facts.reverse();
}
