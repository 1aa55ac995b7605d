import { factData, NO_STREAM, RATES_STREAM, type RatesPublished } from '../../../domain/facts.ts';
import { type EventStore, WrongExpectedRevision } from '../../../domain/ports.ts';
import type { Rates } from '../../../domain/rates.ts';
import { factDraft } from './fact-draft.ts';
import { readWholeStream } from './read-whole-stream.ts';

/** The rate table in force at the door, kept at hand because every transaction is converted by it. */
export interface RatesDesk {
  current(): RatesPublished;
  publish(rates: Rates, by: string): Promise<{ version: number; position: number }>;
  /** Learns what other processes have published. */
  refresh(): Promise<void>;
}

/** @param base the base currency where no table was published yet */
export async function openRatesDesk(
  store: Pick<EventStore, 'append' | 'readStream'>,
  base: string,
): Promise<RatesDesk> {
  let current: RatesPublished | undefined;
  /** Revision of the newest table, one a fact. */
  let revision = NO_STREAM;

  async function refresh(): Promise<void> {
    const newest = (await readWholeStream(store, RATES_STREAM, revision + 1)).at(-1);
    // Of two at once, the later to be answered may know less.
    if (newest === undefined || newest.revision <= revision) return;
    revision = newest.revision;
    current = factData(newest);
  }

  /** The next table, unless another process was first. @returns its position */
  async function append(table: RatesPublished): Promise<number | undefined> {
    try {
      const draft = factDraft('RatesPublished', table);
      return (await store.append(RATES_STREAM, table.version - 2, [draft])).position;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      return undefined;
    } finally {
      await refresh();
    }
  }

  const next = (rates: Rates, by: string): RatesPublished => {
    return { version: revision + 2, ...rates, by, at: new Date().toISOString() };
  };

  await refresh();
  if (current === undefined) await append(next({ base, rates: {} }, 'first start'));
  return {
    current: () => current!,
    refresh,
    async publish(rates, by) {
      for (;;) {
        const table = next(rates, by);
        const position = await append(table);
        if (position !== undefined) return { version: table.version, position };
      }
    },
  };
}
