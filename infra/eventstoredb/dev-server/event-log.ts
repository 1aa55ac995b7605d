import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { revisionCache } from '../../event-store/revision-cache.ts';
import { recentIds } from './recent-ids.ts';

export interface ProposedEvent {
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

export interface RecordedEvent extends ProposedEvent {
  position: number;
  stream: string;
  revision: number;
  createdMs: number;
}

/** A revision is the stream's last one. */
export type ExpectedState = number | 'any' | 'no-stream' | 'stream-exists';

export type AppendResult =
  | { kind: 'success'; revision: number; position: number }
  /** `currentRevision` is -1 where there is no stream. */
  | { kind: 'wrong-version'; currentRevision: number };

export interface AppendRequest {
  stream: string;
  expected: ExpectedState;
  events: readonly ProposedEvent[];
}

/** Bytes a record takes beside its texts: positions are offsets into a log of bytes, so they are never dense. */
const RECORD_OVERHEAD = 120;
const CACHED_STREAMS = 100_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, stream TEXT NOT NULL, revision INTEGER NOT NULL, id TEXT NOT NULL,
    type TEXT NOT NULL, content_type TEXT NOT NULL, data BLOB NOT NULL, metadata BLOB NOT NULL,
    created_ms INTEGER NOT NULL, size INTEGER NOT NULL, UNIQUE (stream, revision)
  ) STRICT`;

const COLUMNS =
  'position, stream, revision, id, type, content_type AS contentType, data, metadata, created_ms AS createdMs';

/** The server's log of events in a SQLite file. Blocks. */
export interface EventLog {
  /** Carries out the requests in their order in one transaction; what it answers is durable. */
  append(requests: readonly AppendRequest[]): AppendResult[];
  lastPosition(): number;
  /** Of an event, or past the last: where a real server's read may start. */
  mayReadFrom(position: number): boolean;
  /** From `position` on, it included. */
  readAllForwards(position: number, limit: number): RecordedEvent[];
  /** Before `position`. */
  readAllBackwards(position: number, limit: number): RecordedEvent[];
  readStreamForwards(stream: string, revision: number, limit: number): RecordedEvent[];
  readStreamBackwards(stream: string, revision: number, limit: number): RecordedEvent[];
  close(): void;
}

export interface EventLogOptions {
  /** Every so many events the server writes one of its own into a `$` stream, as a real one does. */
  systemEventEvery: number;
}

export function openEventLog(folder: string, options: EventLogOptions): EventLog {
  const database = new DatabaseSync(join(folder, 'events.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(SCHEMA);
  const reads = logReads(database);
  const writer = logWriter(database, reads, options);
  return {
    ...reads,
    append: writer.append,
    lastPosition: writer.lastPosition,
    mayReadFrom: (position) =>
      position <= 0 ||
      position > writer.lastPosition() ||
      reads.readAllForwards(position, 1)[0]?.position === position,
    close: () => database.close(),
  };
}

type LogReads = Pick<
  EventLog,
  'readAllForwards' | 'readAllBackwards' | 'readStreamForwards' | 'readStreamBackwards'
>;

function logReads(database: DatabaseSync): LogReads {
  const select = (condition: string) => database.prepare(`SELECT ${COLUMNS} FROM events WHERE ${condition}`);
  const allForwards = select('position >= ? ORDER BY position LIMIT ?');
  const allBackwards = select('position < ? ORDER BY position DESC LIMIT ?');
  const streamForwards = select('stream = ? AND revision >= ? ORDER BY revision LIMIT ?');
  const streamBackwards = select('stream = ? AND revision <= ? ORDER BY revision DESC LIMIT ?');
  const recorded = (rows: unknown[]) => rows as RecordedEvent[];
  return {
    readAllForwards: (position, limit) => recorded(allForwards.all(position, limit)),
    readAllBackwards: (position, limit) => recorded(allBackwards.all(position, limit)),
    readStreamForwards: (stream, revision, limit) => recorded(streamForwards.all(stream, revision, limit)),
    readStreamBackwards: (stream, revision, limit) => recorded(streamBackwards.all(stream, revision, limit)),
  };
}

function logWriter(database: DatabaseSync, reads: LogReads, { systemEventEvery }: EventLogOptions) {
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const last = database.prepare('SELECT position, size FROM events ORDER BY position DESC LIMIT 1').get();
  const tails = revisionCache(CACHED_STREAMS);
  const recent = recentIds();
  let lastPosition = Number(last?.position ?? -1);
  let end = last === undefined ? 0 : lastPosition + Number(last.size);
  let untilSystemEvent = systemEventEvery;

  const tail = (stream: string) =>
    tails.get(stream) ?? reads.readStreamBackwards(stream, Number.MAX_SAFE_INTEGER, 1)[0]?.revision ?? -1;

  function write(stream: string, events: readonly ProposedEvent[]): AppendResult {
    let revision = tail(stream);
    for (const { id, type, contentType, data, metadata } of events) {
      revision++;
      const size = RECORD_OVERHEAD + stream.length + type.length + data.length + metadata.length;
      insert.run(end, stream, revision, id, type, contentType, data, metadata, Date.now(), size);
      recent.remember(id, { stream, revision, position: end });
      lastPosition = end;
      end += size;
    }
    tails.set(stream, revision);
    return { kind: 'success', revision, position: lastPosition };
  }

  function writeSystemEvent(): void {
    const data = new TextEncoder().encode('{"proc-mem":0}');
    const event = { id: crypto.randomUUID(), type: '$statsCollected', contentType: 'application/json' };
    write('$stats-127.0.0.1:2113', [{ ...event, data, metadata: new Uint8Array() }]);
  }

  function answer({ stream, expected, events }: AppendRequest): AppendResult {
    const current = tail(stream);
    const repeated =
      typeof expected === 'number' || expected === 'no-stream'
        ? writtenAt(reads, stream, expected === 'no-stream' ? -1 : expected, events)
        : recent.find(stream, events);
    if (repeated !== undefined) return repeated;
    if (!isAsExpected(expected, current)) return { kind: 'wrong-version', currentRevision: current };
    if (events.length === 0) return { kind: 'success', revision: current, position: lastPosition };
    const result = write(stream, events);
    untilSystemEvent -= events.length;
    if (untilSystemEvent <= 0) {
      writeSystemEvent();
      untilSystemEvent = systemEventEvery;
    }
    return result;
  }

  if (last === undefined) {
    database.exec('BEGIN IMMEDIATE');
    for (let i = 0; i < 3; i++) writeSystemEvent();
    database.exec('COMMIT');
  }

  return {
    lastPosition: () => lastPosition,
    append(requests: readonly AppendRequest[]): AppendResult[] {
      database.exec('BEGIN IMMEDIATE');
      const results = requests.map(answer);
      database.exec('COMMIT');
      return results;
    },
  };
}

function isAsExpected(expected: ExpectedState, current: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'stream-exists') return current >= 0;
  return current === (expected === 'no-stream' ? -1 : expected);
}

/** The first answer of an append, if all its ids stand just where this one would put them. */
function writtenAt(
  reads: LogReads,
  stream: string,
  expected: number,
  events: readonly ProposedEvent[],
): AppendResult | undefined {
  if (events.length === 0) return undefined;
  const stored = reads.readStreamForwards(stream, expected + 1, events.length);
  if (stored.length < events.length || stored.some(({ id }, i) => id !== events[i]!.id)) return undefined;
  const { revision, position } = stored.at(-1)!;
  return { kind: 'success', revision, position };
}
