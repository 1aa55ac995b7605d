import type { EventStore } from '../../domain/ports.ts';
import { type FactReader, openReader } from './fact-reader.ts';

/** The store for work that only reads, in this or another process than its writer. Appending is a fault of the caller. */
export interface ReadingStore extends EventStore {
  reader: FactReader;
  close(): void;
}

export function readingStore(path: string): ReadingStore {
  const reader = openReader(path);
  return {
    reader,
    append: async (stream) => {
      throw new Error(`${stream}: this process only reads the store`);
    },
    readStream: async (stream, fromRevision, limit) => reader.readStream(stream, fromRevision, limit),
    readAll: async (afterPosition, limit) => reader.readAll(afterPosition, limit),
    readOthers: async (afterPosition, limit) => reader.readOthers(afterPosition, limit),
    readAt: async (position) => reader.readAt(position),
    head: async () => reader.head(),
    close: () => reader.close(),
  };
}
