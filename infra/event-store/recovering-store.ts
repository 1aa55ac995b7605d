import type { NewestFact } from './fact-appender.ts';
import { openEventStore, type SqliteEventStore } from './sqlite-event-store.ts';
import type { StoreAnswer, StoreRequest } from './store-request.ts';

/** Facts before the newest that are read again after a failure. */
const RECHECKED_FACTS = 1_000;

/**
 * The writer, over failures of its file. After a transaction that failed (disk full, an fsync that returned an
 * error) nothing the connection holds in memory is believed: it is closed, and before the next transaction the
 * file is opened anew and what was last acknowledged is read again.
 */
export interface RecoveringStore {
  /** @throws what made the transaction fail: nothing of these requests is acknowledged, their outcome is unknown */
  commit(requests: readonly StoreRequest[]): StoreAnswer[];
  /** Position of the newest durable fact. */
  head(): number;
  close(): void;
}

/** @throws NotAStore, NewerFormat */
export function openRecoveringStore(path: string): RecoveringStore {
  let store: SqliteEventStore | undefined = openEventStore(path);
  let durable = store.newest();

  return {
    commit(requests) {
      try {
        store ??= reopen(path, durable);
        const answers = store.commit(requests);
        durable = store.newest();
        return answers;
      } catch (error) {
        store?.close();
        store = undefined;
        throw error;
      }
    },
    head: () => durable.position,
    close: () => store?.close(),
  };
}

function reopen(path: string, durable: NewestFact): SqliteEventStore {
  const store = openEventStore(path);
  try {
    const from = Math.max(0, durable.position - RECHECKED_FACTS);
    const reread = store.readAll(from, durable.position - from);
    const found = reread.at(-1)?.eventId ?? null;
    if (found !== durable.eventId) {
      throw new Error(`the fact acknowledged at position ${durable.position} is no longer in ${path}`);
    }
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}
