import type { StoredFact } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import type { StampedFact } from './batch-fold.ts';
import type { Retry } from './retry.ts';
import type { Stamper } from './stamper.ts';

/** Facts of the store in global order, each stamped, and up to where they reach. */
export interface Stretch {
  facts: StampedFact[];
  to: number;
}

export type HistoryReader = Pick<EventStore, 'readAll'>;

const READ_LIMIT = 1_000;

/**
 * Reads (after, upTo] of the store in stretches of bounded length. The last one reaches exactly `upTo`.
 * @throws StoreBehind if the store ends before `upTo`
 */
export async function* readStretches(
  store: HistoryReader,
  stamper: Pick<Stamper, 'stamp'>,
  after: number,
  upTo: number,
  retry: Retry = (attempt) => attempt(),
): AsyncGenerator<Stretch> {
  for (let position = after; position < upTo; ) {
    const read = await retry(() => readOn(store, position, upTo));
    const wanted = read.filter((fact) => fact.position <= upTo);
    const facts = await retry(() => stamper.stamp(position, wanted));
    const isWhole = facts.length === wanted.length;
    position = isWhole ? Math.min(read.at(-1)!.position, upTo) : facts.at(-1)!.fact.position;
    yield { facts, to: position };
  }
}

async function readOn(store: HistoryReader, position: number, upTo: number): Promise<StoredFact[]> {
  const read = await store.readAll(position, READ_LIMIT);
  if (read.length === 0) throw new StoreBehind(position, upTo);
  return read;
}

/** The store does not hold yet what was mirrored from it or counted in it: a follower that lags. Asking again mends it. */
export class StoreBehind extends Error {
  constructor(position: number, wanted: number) {
    super(`the store answers only up to position ${position}, but position ${wanted} is known to exist`);
    this.name = 'StoreBehind';
  }
}
