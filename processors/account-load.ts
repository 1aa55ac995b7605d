import { accountStream } from '../domain/facts.ts';
import type { EventStore, Snapshot } from '../domain/ports.ts';
import type { AccountState, ScoringPlan } from '../domain/risk-fold.ts';
import { applyFact, submissionOf } from './apply-fact.ts';

export interface LoadedAccount {
  state: AccountState;
  /** Event id of the last fact folded in; null for an account without facts. */
  eventId: string | null;
  /** Revision of the snapshot it was loaded from, -1 where none served. */
  snapshotRevision: number;
}

export type StreamReader = Pick<EventStore, 'readStream'>;

const READ_LIMIT = 1_000;

/**
 * An account as of revision `upTo` (Infinity: as of its stream's end), from the snapshot if it serves, else from
 * the start of its stream. Nothing is emitted: what is folded here was decided before.
 *
 * A snapshot that is damaged, of another plan, of another history or past `upTo` costs time only.
 */
export async function loadAccount(
  store: StreamReader,
  plan: ScoringPlan,
  accountId: string,
  upTo: number,
  snapshot?: Snapshot,
): Promise<LoadedAccount> {
  return (
    (snapshot && (await fromSnapshot(store, plan, upTo, snapshot))) ??
    (await foldStream(store, plan, accountId, upTo, emptyAccount(plan.open())))
  );
}

/** As loadAccount, keeping every event: for transactions that reach further back than a state usually does. */
export async function loadFullAccount(
  store: StreamReader,
  plan: ScoringPlan,
  accountId: string,
  upTo: number,
): Promise<AccountState> {
  const loaded = await foldStream(store, plan, accountId, upTo, emptyAccount(plan.openFull()));
  return loaded.state;
}

export function emptyAccount(state: AccountState): LoadedAccount {
  return { state, eventId: null, snapshotRevision: -1 };
}

async function fromSnapshot(
  store: StreamReader,
  plan: ScoringPlan,
  upTo: number,
  { accountId, revision, eventId, planHash, bytes }: Snapshot,
): Promise<LoadedAccount | undefined> {
  if (planHash !== plan.hash || revision > upTo) return undefined;
  const state = plan.decode(bytes);
  if (state === undefined || state.revision !== revision) return undefined;
  const [anchor] = await store.readStream(accountStream(accountId), revision, 1);
  if (anchor?.revision !== revision || anchor.eventId !== eventId) return undefined;
  return foldStream(store, plan, accountId, upTo, { state, eventId, snapshotRevision: revision });
}

async function foldStream(
  store: StreamReader,
  plan: ScoringPlan,
  accountId: string,
  upTo: number,
  account: LoadedAccount,
): Promise<LoadedAccount> {
  const { state } = account;
  while (state.revision < upTo) {
    const limit = Math.min(READ_LIMIT, upTo - state.revision);
    const facts = await store.readStream(accountStream(accountId), state.revision + 1, limit);
    for (const fact of facts) {
      applyFact(plan, state, accountId, fact, submissionOf(fact));
      account.eventId = fact.eventId;
    }
    if (facts.length < limit) break;
  }
  return account;
}
