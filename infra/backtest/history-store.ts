import type { EventStore } from '../../domain/ports.ts';
import { readingStore } from '../event-store/reading-store.ts';
import { openEventStoreDb } from '../eventstoredb/event-store-db.ts';

/** Where a history is; one thread can tell another. */
export type HistoryAddress = { kind: 'file'; path: string } | { kind: 'eventstore'; url: string };

/** Opens a history for reading. */
export function openHistory(address: HistoryAddress): EventStore & { close(): void | Promise<void> } {
  return address.kind === 'file' ? readingStore(address.path) : openEventStoreDb(address.url);
}
