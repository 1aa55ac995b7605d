import { type Exclusion, exclusionOf, isPassed, leftOut } from '../domain/exclusions.ts';
import { accountOfStream, isReadable, type StoredFact } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';

const READ_LIMIT = 1_000;
const NONE: ReadonlySet<number> = new Set();

interface PlacedExclusion extends Exclusion {
  /** Of the fact that says it. */
  position: number;
}

/** What is excluded and readmitted in the whole store, and so what counted as of any position. */
export class ExclusionHistory {
  readonly #store: Pick<EventStore, 'readOthers'>;
  readonly #byAccount = new Map<string, PlacedExclusion[]>();
  #position = 0;

  constructor(store: Pick<EventStore, 'readOthers'>) {
    this.#store = store;
  }

  /** Reads on to the end of the store. */
  async learn(): Promise<void> {
    for (;;) {
      const facts = await this.#store.readOthers(this.#position, READ_LIMIT);
      for (const fact of facts) this.#take(fact);
      this.#position = facts.at(-1)?.position ?? this.#position;
      if (facts.length < READ_LIMIT) return;
    }
  }

  /** Which facts did not count as of `position`. */
  leftOut(position: number): (fact: StoredFact) => boolean {
    const out = new Map<string, ReadonlySet<number>>();
    for (const [accountId, exclusions] of this.#byAccount) {
      const newest = exclusions.findLast((exclusion) => exclusion.position <= position);
      out.set(accountId, leftOut(exclusions, newest?.revision ?? -1));
    }
    if (out.size === 0) return () => false;
    return ({ stream, revision }) => (out.get(accountOfStream(stream) ?? '') ?? NONE).has(revision);
  }

  /** Whether anything is excluded or readmitted in (after, upTo]. */
  speaksIn(after: number, upTo: number): boolean {
    const said = [...this.#byAccount.values()].flat();
    return said.some(({ position }) => position > after && position <= upTo);
  }

  /** Whether a fact that cannot be read is passed by; what was said of it meanwhile is read first. */
  async passes({ stream, revision }: StoredFact): Promise<boolean> {
    const isOut = () => isPassed(this.#byAccount.get(accountOfStream(stream) ?? '') ?? [], revision);
    if (isOut()) return true;
    await this.learn();
    return isOut();
  }

  #take(fact: StoredFact): void {
    const exclusion = isReadable(fact) ? exclusionOf(fact) : undefined;
    const accountId = accountOfStream(fact.stream);
    if (exclusion === undefined || accountId === undefined) return;
    const known = this.#byAccount.get(accountId) ?? [];
    known.push({ ...exclusion, position: fact.position });
    this.#byAccount.set(accountId, known);
  }
}
