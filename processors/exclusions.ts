import { type Exclusion, exclusionOf, isPassed, leftOut } from '../domain/exclusions.ts';
import { accountOfStream, isReadable, type StoredFact } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';

/** That a fact is out, or in, from its own place on, whatever the stream says of it. */
export interface Supposition {
  accountId: string;
  revision: number;
  out: boolean;
}

const NONE: readonly Exclusion[] = [];

/**
 * What is excluded and readmitted, by account, as far as it was met. Who loads an account meets what stands in its
 * stream up to there; only what was passed unread is out ahead of the fact that excludes it, and is to be learnt
 * beforehand (learnAhead).
 */
export class Exclusions {
  readonly #byAccount = new Map<string, Exclusion[]>();
  /** Revisions passed by unread. In most stores there are none: that is asked of every fact. */
  readonly #passed = new Map<string, Set<number>>();
  readonly #supposition: Supposition | undefined;

  constructor(supposition?: Supposition) {
    this.#supposition = supposition;
    if (supposition?.out) {
      const { accountId, revision } = supposition;
      this.#keep(accountId, { revision: Infinity, about: revision, kind: 'excluded', unread: true });
    }
  }

  /** Takes a fact of any type. One that cannot be read says nothing yet: its account stands still there. @returns whether it says something new */
  learn(fact: StoredFact): boolean {
    const exclusion = isReadable(fact) ? exclusionOf(fact) : undefined;
    if (exclusion === undefined) return false;
    const accountId = accountOfStream(fact.stream);
    if (accountId === undefined || this.#isSupposed(accountId, exclusion.about)) return false;
    if (this.of(accountId).some(({ revision }) => revision === exclusion.revision)) return false;
    this.#keep(accountId, exclusion);
    return true;
  }

  /** In the order of the account's stream. */
  of(accountId: string): readonly Exclusion[] {
    return this.#byAccount.get(accountId) ?? NONE;
  }

  /** The revisions that count as not there for the account's state as of `revision`. */
  leftOut(accountId: string, revision: number): ReadonlySet<number> {
    return leftOut(this.of(accountId), revision);
  }

  /** Whether the fact is passed by unread. */
  passes(accountId: string, revision: number): boolean {
    return this.#passed.size > 0 && this.#passed.get(accountId)?.has(revision) === true;
  }

  /** Revision of the account's newest such fact up to `upTo`; -1 without one. A state from before it does not serve. */
  newest(accountId: string, upTo: number): number {
    return this.of(accountId).findLast(({ revision }) => revision <= upTo)?.revision ?? -1;
  }

  #isSupposed(accountId: string, revision: number): boolean {
    const supposed = this.#supposition;
    return supposed?.accountId === accountId && supposed.revision === revision;
  }

  #keep(accountId: string, exclusion: Exclusion): void {
    const kept = [...this.of(accountId), exclusion].toSorted((a, b) => a.revision - b.revision);
    this.#byAccount.set(accountId, kept);
    const passed = kept.map(({ about }) => about).filter((about) => isPassed(kept, about));
    if (passed.length > 0) this.#passed.set(accountId, new Set(passed));
    else this.#passed.delete(accountId);
  }
}

const READ_LIMIT = 1_000;

/** Learns what the store holds in (after, upTo]: what a reader must know that goes on from `after`. */
export async function learnAhead(
  exclusions: Exclusions,
  store: Pick<EventStore, 'readOthers'>,
  after: number,
  upTo: number,
): Promise<void> {
  for (let position = after; position < upTo; ) {
    const facts = await store.readOthers(position, READ_LIMIT);
    for (const fact of facts) exclusions.learn(fact);
    if (facts.length < READ_LIMIT) return;
    position = facts.at(-1)!.position;
  }
}
