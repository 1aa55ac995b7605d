import { accountStream, isReadable, type StoredFact, UnknownSchemaVersion } from '../domain/facts.ts';
import type { EventStore, Snapshot } from '../domain/ports.ts';
import type { AccountState, ScoringPlan } from '../domain/risk-fold.ts';
import { absorbFact, contentOf, NOTHING } from './apply-fact.ts';
import type { Exclusions } from './exclusions.ts';

export interface LoadedAccount {
  state: AccountState;
  /** Event id of the last fact folded in; null for an account without facts. */
  eventId: string | null;
  /** Revision of the snapshot it was loaded from, -1 where none served. */
  snapshotRevision: number;
}

export type StreamReader = Pick<EventStore, 'readStream'>;

/** Where accounts are loaded from, and which of their facts do not count. */
export interface AccountSource {
  store: StreamReader;
  /** Learns what is met in the streams. */
  exclusions: Exclusions;
}

const READ_LIMIT = 1_000;

/**
 * An account as of revision `upTo` (Infinity: as of its stream's end), from the snapshot if it serves, else from
 * the start of its stream. Nothing is emitted: what is folded here was decided before.
 *
 * A snapshot that is damaged, of another plan, of another history, past `upTo` or older than what was excluded or
 * readmitted since costs time only.
 * @throws UnknownSchemaVersion
 */
export async function loadAccount(
  source: AccountSource,
  plan: ScoringPlan,
  accountId: string,
  upTo: number,
  snapshot?: Snapshot,
): Promise<LoadedAccount> {
  return (
    (snapshot && (await fromSnapshot(source, plan, upTo, snapshot))) ??
    (await fromStart(source, accountId, upTo, () => plan.open(), plan))
  );
}

/** As loadAccount, keeping every event: for transactions that reach further back than a state usually does. */
export async function loadFullAccount(
  source: AccountSource,
  plan: ScoringPlan,
  accountId: string,
  upTo: number,
): Promise<AccountState> {
  return (await fromStart(source, accountId, upTo, () => plan.openFull(), plan)).state;
}

export function emptyAccount(state: AccountState): LoadedAccount {
  return { state, eventId: null, snapshotRevision: -1 };
}

async function fromSnapshot(
  source: AccountSource,
  plan: ScoringPlan,
  upTo: number,
  { accountId, revision, eventId, planHash, bytes }: Snapshot,
): Promise<LoadedAccount | undefined> {
  if (planHash !== plan.hash || revision > upTo) return undefined;
  if (revision < source.exclusions.newest(accountId, upTo)) return undefined;
  const state = plan.decode(bytes);
  if (state === undefined || state.revision !== revision) return undefined;
  const [anchor] = await source.store.readStream(accountStream(accountId), revision, 1);
  if (anchor?.revision !== revision || anchor.eventId !== eventId) return undefined;
  return foldStream(source, plan, accountId, upTo, { state, eventId, snapshotRevision: revision });
}

async function fromStart(
  source: AccountSource,
  accountId: string,
  upTo: number,
  open: () => AccountState,
  plan: ScoringPlan,
): Promise<LoadedAccount> {
  for (;;) {
    const loaded = await foldStream(source, plan, accountId, upTo, emptyAccount(open()));
    if (loaded !== undefined) return loaded;
  }
}

/** @returns undefined where something was learnt on the way of which facts count: what was folded before may be otherwise */
async function foldStream(
  source: AccountSource,
  plan: ScoringPlan,
  accountId: string,
  upTo: number,
  account: LoadedAccount,
): Promise<LoadedAccount | undefined> {
  const { store, exclusions } = source;
  const { state } = account;
  const out = exclusions.leftOut(accountId, upTo);
  while (state.revision < upTo) {
    const limit = Math.min(READ_LIMIT, upTo - state.revision);
    const facts = await store.readStream(accountStream(accountId), state.revision + 1, limit);
    for (const fact of facts) {
      if (exclusions.learn(fact)) return undefined;
      const isOut = out.has(fact.revision);
      if (!isOut && !isReadable(fact)) {
        const isKnown = exclusions.passes(accountId, fact.revision);
        if (!isKnown && (await isExcludedLater(source, accountId, fact))) return undefined;
        // It is not excluded, or was put back in by a version that reads it.
        throw new UnknownSchemaVersion(fact);
      }
      absorbFact(plan, state, accountId, fact, isOut ? NOTHING : contentOf(fact));
      account.eventId = fact.eventId;
    }
    if (facts.length < limit) break;
  }
  return account;
}

/** Whether a fact that cannot be read is excluded as unread further on in its account's stream. */
export async function isExcludedLater(
  source: AccountSource,
  accountId: string,
  { stream, revision }: StoredFact,
): Promise<boolean> {
  await learnOn(source, stream, revision + 1);
  return source.exclusions.passes(accountId, revision);
}

/** Reads a stream from `revision` to its end for what is excluded and readmitted there. @returns where to read on */
export async function learnOn(
  { store, exclusions }: AccountSource,
  stream: string,
  revision: number,
): Promise<number> {
  for (let next = revision; ; ) {
    const facts = await store.readStream(stream, next, READ_LIMIT);
    for (const fact of facts) exclusions.learn(fact);
    next += facts.length;
    if (facts.length < READ_LIMIT) return next;
  }
}
