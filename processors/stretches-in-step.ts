import { type HistoryReader, readStretches, type Stretch } from './read-stretches.ts';
import type { Retry } from './retry.ts';
import type { Stamper } from './stamper.ts';

interface Reader {
  /** It has everything up to here. */
  position: number;
  readonly upTo: number;
  readonly retry: Retry;
  /** The next stretch, where it waits for it. */
  wanted: PromiseWithResolvers<Stretch> | null;
}

/**
 * Reads stretches of the store's past for several partitions at once, in step with each other: the one furthest
 * back is served first, and what is read for it is given to all that stand within. What stamps are made of stands at
 * one position; were each partition to go on by itself, it would be led back for one and forth for another, and
 * history read again each time.
 */
export class StretchesInStep {
  readonly #store: HistoryReader;
  readonly #stamper: Pick<Stamper, 'stamp'>;
  readonly #readers = new Set<Reader>();
  /** What was read last, from `after` on: who was at work within it meanwhile has the rest of it from here. */
  #kept: { after: number; stretch: Stretch } | null = null;
  #isServing = false;

  constructor(store: HistoryReader, stamper: Pick<Stamper, 'stamp'>) {
    this.#store = store;
    this.#stamper = stamper;
  }

  /**
   * Reads (after, upTo] of the store in stretches of bounded length. The last one reaches exactly `upTo`. While what
   * was given is being worked on, those further ahead wait.
   * @throws StoreBehind if the store ends before `upTo`, UnknownSchemaVersion, the signal's reason; the others go on
   */
  async *read(after: number, upTo: number, retry: Retry, signal: AbortSignal): AsyncGenerator<Stretch> {
    const reader: Reader = { position: after, upTo, retry, wanted: null };
    const leave = () => this.#refuse(reader, signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    this.#readers.add(reader);
    try {
      while (reader.position < upTo) {
        signal.throwIfAborted();
        reader.wanted = Promise.withResolvers();
        const { promise } = reader.wanted;
        void this.#serve();
        yield await promise;
      }
    } finally {
      signal.removeEventListener('abort', leave);
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#kept = null;
      void this.#serve();
    }
  }

  /** Until nobody waits, or who is furthest back is still at work. */
  async #serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    for (;;) {
      const last = this.#furthestBack();
      if (last === undefined || last.wanted === null) break;
      try {
        await this.#readFor(last);
        this.#give();
      } catch (error) {
        this.#refuse(last, error);
      }
    }
    this.#isServing = false;
  }

  /** It leaves. */
  #refuse(reader: Reader, error: unknown): void {
    this.#readers.delete(reader);
    reader.wanted?.reject(error);
    reader.wanted = null;
  }

  #furthestBack(): Reader | undefined {
    let last: Reader | undefined;
    for (const reader of this.#readers)
      if (last === undefined || reader.position < last.position) last = reader;
    return last;
  }

  /** Keeps a stretch that holds what follows the reader's position. */
  async #readFor({ position, upTo, retry }: Reader): Promise<void> {
    if (this.#kept !== null && this.#kept.after <= position && position < this.#kept.stretch.to) return;
    const stretches = readStretches(this.#store, this.#stamper, position, upTo, retry);
    const { value } = await stretches.next();
    this.#kept = { after: position, stretch: value as Stretch };
  }

  #give(): void {
    const { after, stretch } = this.#kept!;
    for (const reader of this.#readers) {
      const { position, upTo, wanted } = reader;
      if (wanted === null || position < after || position >= stretch.to) continue;
      const to = Math.min(stretch.to, upTo);
      const facts = stretch.facts.filter(({ fact }) => fact.position > position && fact.position <= to);
      reader.position = to;
      reader.wanted = null;
      wanted.resolve({ facts, to });
    }
  }
}
