import { status } from '@grpc/grpc-js';
import type { StoredFact } from '../../domain/facts.ts';
import type { EventStore } from '../../domain/ports.ts';
import type { Connection } from './connection.ts';
import { type RecordedEvent, readEvents } from './read-events.ts';
import { allRead, streamEndRead, streamRead } from './read-request.ts';
import { retrying } from './retrying.ts';
import { factOfEvent, isSystemEvent, positionOf } from './wire-event.ts';

/** Events asked for in one call, so that its deadline means something. */
const PAGE = 2_000;
/** How far to look for a fact behind the server's own events at the head, at first. */
const HEAD_PAGE = 32;

export interface ReadLimits {
  /** For one answer of the server. */
  deadlineMs: number;
  /** How long a read is tried again. */
  giveUpMs: number;
}

export interface FactReads extends Pick<EventStore, 'readStream' | 'readAll' | 'readAt' | 'head'> {
  /** Last revision of a stream, NO_STREAM (-1) if there is none. */
  tail(stream: string): Promise<number>;
}

/** All reads are answered by the leader: a follower may lag. */
export function factReads(connection: Connection, { deadlineMs, giveUpMs }: ReadLimits): FactReads {
  const read = (what: string, request: Parameters<typeof readEvents>[1]) =>
    retrying(what, giveUpMs, () => readEvents(connection, request, deadlineMs));

  async function head(): Promise<number> {
    let before: number | 'end' = 'end';
    for (let count = 1; ; count = HEAD_PAGE) {
      const events: RecordedEvent[] = await read('reading the head', allRead(before, count, 'backwards'));
      const newest = events.find((event) => !isSystemEvent(event));
      if (newest !== undefined) return positionOf(newest);
      if (events.length < count) return 0;
      before = positionOf(events.at(-1)!);
    }
  }

  async function readStream(stream: string, fromRevision: number, limit: number): Promise<StoredFact[]> {
    const facts: StoredFact[] = [];
    let from = Math.max(0, fromRevision);
    while (facts.length < limit) {
      const count = Math.min(PAGE, limit - facts.length);
      const events = await read(`reading ${stream}`, streamRead(stream, from, count));
      for (const event of events) facts.push(factOfEvent(event));
      if (events.length < count) break;
      from = facts.at(-1)!.revision + 1;
    }
    return facts;
  }

  async function readAll(afterPosition: number, limit: number): Promise<StoredFact[]> {
    const facts: StoredFact[] = [];
    let at = afterPosition;
    while (facts.length < limit) {
      // One more, for the event at the position itself comes first.
      const count = Math.min(PAGE, limit - facts.length) + 1;
      const events = await read('reading all streams', allRead(at === 0 ? 'start' : at, count, 'forwards'));
      for (const event of events) {
        if (facts.length < limit && positionOf(event) > at && !isSystemEvent(event))
          facts.push(factOfEvent(event));
      }
      if (events.length < count) break;
      at = positionOf(events.at(-1)!);
    }
    return facts;
  }

  async function readAt(position: number): Promise<StoredFact | undefined> {
    if (position < 1) return undefined;
    const [event] = await retrying('reading a position', giveUpMs, () =>
      readEvents(connection, allRead(position, 1, 'forwards'), deadlineMs).catch(nothingAtInvalidPosition),
    );
    if (event === undefined || positionOf(event) !== position || isSystemEvent(event)) return undefined;
    return factOfEvent(event);
  }

  return {
    head,
    readStream,
    readAll,
    readAt,
    async tail(stream) {
      const [event] = await read(`reading the end of ${stream}`, streamEndRead(stream));
      return event === undefined ? -1 : Number(event.getStreamRevision());
    },
  };
}

/** Positions are places in the server's log: one where no record begins is refused. */
function nothingAtInvalidPosition(error: Error & { code?: number }): RecordedEvent[] {
  if (error.code === status.INVALID_ARGUMENT && /invalid position/i.test(error.message)) return [];
  throw error;
}
