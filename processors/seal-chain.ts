import { type DecisionsSealed, factData, NO_STREAM, SEALS_STREAM } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';

const READ_LIMIT = 1_000;

/** The seals of a store in their order, read on as they come. */
export class SealChain {
  readonly #store: Pick<EventStore, 'readStream'>;
  /** Of the last seal read. */
  revision = NO_STREAM;
  last: DecisionsSealed | null = null;
  /** All that were read. */
  count = 0;
  decisions = 0;

  constructor(store: Pick<EventStore, 'readStream'>) {
    this.#store = store;
  }

  /** Everything up to here is sealed. */
  get position(): number {
    return this.last?.to ?? 0;
  }

  /** @returns the seals that have come since. @throws UnknownSchemaVersion */
  async readOn(): Promise<DecisionsSealed[]> {
    const seals: DecisionsSealed[] = [];
    for (;;) {
      const facts = await this.#store.readStream(SEALS_STREAM, this.revision + 1, READ_LIMIT);
      for (const fact of facts) {
        const seal = factData<DecisionsSealed>(fact);
        seals.push(seal);
        this.last = seal;
        this.revision = fact.revision;
        this.count++;
        this.decisions += seal.count;
      }
      if (facts.length < READ_LIMIT) return seals;
    }
  }
}
