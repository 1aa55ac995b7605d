import type { DatabaseSync } from 'node:sqlite';
import { type FactDraft, NO_STREAM } from '../../domain/facts.ts';
import type { Appended } from '../../domain/ports.ts';
import type { FactReader } from './fact-reader.ts';
import { FACT_COLUMNS, factChecksum } from './fact-row.ts';
import { revisionCache } from './revision-cache.ts';

/** Streams whose last revision is held in memory: about 20 MB. */
const CACHED_STREAMS = 100_000;

/** Position 0 and no event id in an empty store. */
export interface NewestFact {
  position: number;
  eventId: string | null;
}

/** Inserts facts within the caller's transaction. Of no use after one that failed. */
export interface FactAppender {
  /** Last revision of the stream, or NO_STREAM. */
  tail(stream: string): number;
  /** Inserts the facts behind the stream's tail, which the caller has looked up. */
  append(stream: string, tail: number, facts: readonly FactDraft[]): Appended;
  newest(): NewestFact;
}

export function factAppender(
  database: DatabaseSync,
  reads: Pick<FactReader, 'head' | 'readAt'>,
): FactAppender {
  const insert = database.prepare(
    `INSERT INTO facts (${FACT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const lastRevision = database.prepare('SELECT max(revision) AS revision FROM facts WHERE stream = ?');
  const tails = revisionCache(CACHED_STREAMS);
  const head = reads.head();
  let newest: NewestFact = { position: head, eventId: reads.readAt(head)?.eventId ?? null };

  return {
    newest: () => newest,
    tail: (stream) => tails.get(stream) ?? Number(lastRevision.get(stream)?.revision ?? NO_STREAM),
    append(stream, tail, facts) {
      let revision = tail;
      for (const fact of facts) {
        revision++;
        const position = newest.position + 1;
        const { key, eventId, type, schemaVersion, data, personal, metadata } = fact;
        const checksum = factChecksum(position, stream, revision, fact);
        insert.run(
          position,
          stream,
          revision,
          key,
          eventId,
          type,
          schemaVersion,
          data,
          personal,
          metadata,
          checksum,
        );
        newest = { position, eventId };
      }
      tails.set(stream, revision);
      return { revision, position: newest.position };
    },
  };
}
