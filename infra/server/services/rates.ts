import { factData, NO_STREAM, RATES_STREAM, type RatesPublished } from '../../../domain/facts.ts';
import { type EventStore, WrongExpectedRevision } from '../../../domain/ports.ts';
import type { Rates } from '../../../domain/rates.ts';
import { factDraft } from './fact-draft.ts';
import { readWholeStream } from './read-whole-stream.ts';

/** The rate table in force at the door, kept at hand because every transaction is converted by it. */
export interface RatesDesk {
  current(): RatesPublished;
  publish(rates: Rates, by: string): Promise<{ version: number; position: number }>;
}

/** @param base the base currency where no table was published yet */
export async function openRatesDesk(
  store: Pick<EventStore, 'append' | 'readStream'>,
  base: string,
): Promise<RatesDesk> {
  let facts = await readWholeStream(store, RATES_STREAM);
  let current: RatesPublished | undefined = facts.length === 0 ? undefined : factData(facts.at(-1)!);

  async function publish(rates: Rates, by: string): Promise<{ version: number; position: number }> {
    for (;;) {
      const expected = facts.at(-1)?.revision ?? NO_STREAM;
      const table: RatesPublished = { version: expected + 2, ...rates, by, at: new Date().toISOString() };
      try {
        const { position } = await store.append(RATES_STREAM, expected, [factDraft('RatesPublished', table)]);
        current = table;
        facts = await readWholeStream(store, RATES_STREAM);
        return { version: table.version, position };
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
        facts = await readWholeStream(store, RATES_STREAM);
      }
    }
  }

  if (current === undefined) await publish({ base, rates: {} }, 'first start');
  return { current: () => current!, publish };
}
