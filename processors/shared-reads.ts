import type { StoredFact } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';

interface Chunk {
  /** Holds every fact in (after, to]. */
  after: number;
  to: number;
  facts: StoredFact[];
}

const READ_LIMIT = 1_000;
const CHUNKS_KEPT = 8;
const FACTS_KEPT = 64;

/**
 * A store whose history is scanned once for many readers: what one has just read is kept a while for the others.
 * Partitions that heal the same stretch at about the same time then cost one scan together.
 */
export function withSharedReads(store: EventStore): EventStore {
  const reads = new SharedReads(store);
  return {
    append: (stream, expectedRevision, facts) => store.append(stream, expectedRevision, facts),
    readStream: (stream, fromRevision, limit) => store.readStream(stream, fromRevision, limit),
    readAll: (afterPosition, limit) => reads.readAll(afterPosition, limit),
    readOthers: (afterPosition, limit) => store.readOthers(afterPosition, limit),
    readAt: (position) => reads.readAt(position),
    head: () => store.head(),
  };
}

class SharedReads {
  readonly #store: Pick<EventStore, 'readAll' | 'readAt'>;
  #chunks: Chunk[] = [];
  readonly #single = new Map<number, StoredFact>();
  readonly #underWay = new Map<number, Promise<Chunk>>();

  constructor(store: Pick<EventStore, 'readAll' | 'readAt'>) {
    this.#store = store;
  }

  async readAll(after: number, limit: number): Promise<StoredFact[]> {
    const chunk =
      this.#chunks.find((kept) => kept.after <= after && after < kept.to) ?? (await this.#read(after));
    const start = chunk.after === after ? 0 : chunk.facts.findIndex(({ position }) => position > after);
    return start === -1 ? [] : chunk.facts.slice(start, start + limit);
  }

  /** All partitions are told of the same positions, and ask who is there. */
  async readAt(position: number): Promise<StoredFact | undefined> {
    const fact = this.#single.get(position) ?? (await this.#store.readAt(position));
    if (fact === undefined) return undefined;
    this.#single.set(position, fact);
    if (this.#single.size > FACTS_KEPT) this.#single.delete(this.#single.keys().next().value!);
    return fact;
  }

  #read(after: number): Promise<Chunk> {
    let reading = this.#underWay.get(after);
    if (reading === undefined) {
      reading = this.#fetch(after).finally(() => this.#underWay.delete(after));
      this.#underWay.set(after, reading);
    }
    return reading;
  }

  async #fetch(after: number): Promise<Chunk> {
    const facts = await this.#store.readAll(after, READ_LIMIT);
    const chunk = { after, to: facts.at(-1)?.position ?? after, facts };
    if (facts.length > 0) this.#chunks = [chunk, ...this.#chunks].slice(0, CHUNKS_KEPT);
    return chunk;
  }
}
