import type { LiveEvent } from '../../../api/services.ts';
import type { StoredFact } from '../../../domain/facts.ts';
import type { EventStore } from '../../../domain/ports.ts';

const READ_LIMIT = 500;

/** The events of facts, in their order. */
export type EventsOf = (facts: readonly StoredFact[]) => Promise<LiveEvent[]>;

/**
 * The newest events of the live feed, in memory for all who listen: the store is read once for all of them. Who is
 * further behind reads the store.
 */
export class LiveTail {
  /** Every event in (from, to] is held. */
  #from: number;
  #to: number;
  #events: LiveEvent[] = [];
  #extending: Promise<void> = Promise.resolve();
  readonly #store: Pick<EventStore, 'readOthers'>;
  readonly #eventsOf: EventsOf;
  readonly #most: number;

  constructor(store: Pick<EventStore, 'readOthers'>, eventsOf: EventsOf, position: number, most = 2_000) {
    this.#store = store;
    this.#eventsOf = eventsOf;
    this.#from = position;
    this.#to = position;
    this.#most = most;
  }

  /** At most `limit` events in (after, upTo]; undefined where they lie further back than what is held. */
  async after(after: number, upTo: number, limit: number): Promise<LiveEvent[] | undefined> {
    if (after < this.#from) return undefined;
    if (upTo > this.#to) await this.#extend(upTo);
    if (after < this.#from) return undefined;
    const found = this.#events.filter(({ position }) => position > after && position <= upTo);
    return found.slice(0, limit);
  }

  /** One after the other, so that nothing is held twice. */
  #extend(upTo: number): Promise<void> {
    const before = this.#extending.catch(() => undefined);
    this.#extending = before.then(() => this.#readOn(upTo));
    return this.#extending;
  }

  async #readOn(upTo: number): Promise<void> {
    while (this.#to < upTo) {
      const facts = await this.#store.readOthers(this.#to, READ_LIMIT);
      const shown = facts.filter((fact) => fact.position <= upTo);
      this.#events.push(...(await this.#eventsOf(shown)));
      // Only an empty answer says that there is no more.
      this.#to = Math.min(upTo, facts.at(-1)?.position ?? upTo);
      const tooMany = this.#events.length - this.#most;
      if (tooMany > 0) this.#from = this.#events.splice(0, tooMany).at(-1)!.position;
    }
  }
}
