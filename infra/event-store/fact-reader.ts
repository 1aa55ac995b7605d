import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { accountStream, type StoredFact } from '../../domain/facts.ts';
import { DamagedFact, FACT_COLUMNS, type FactRow, factOfRow } from './fact-row.ts';
import { openForReading } from './facts-database.ts';

/** Reads of the store in the calling thread. Every fact is checked against its checksum. @throws DamagedFact */
export interface FactReader {
  /** At most `limit` facts of one stream from `fromRevision` on, in order; empty at its end. */
  readStream(stream: string, fromRevision: number, limit: number): StoredFact[];
  /** At most `limit` facts of all streams after `afterPosition`, in global order; empty at the head. */
  readAll(afterPosition: number, limit: number): StoredFact[];
  /** As readAll, without the transactions. */
  readOthers(afterPosition: number, limit: number): StoredFact[];
  readAt(position: number): StoredFact | undefined;
  /** The newest fact of a stream, if it has any. */
  newestOf(stream: string): StoredFact | undefined;
  /** The fact known by that key in the stream. */
  findByKey(stream: string, key: string): StoredFact | undefined;
  /** What is known of a transaction, if anything. */
  find(accountId: string, transactionId: string): StoredFact | undefined;
  /** Position of the newest fact, 0 in an empty store. */
  head(): number;
  close(): void;
}

/** Opens the store's file beside its writer, in this or another process; never blocks it. @throws NotAStore, NewerFormat */
export function openReader(path: string): FactReader {
  const database = openForReading(path);
  return { ...factReads(database), close: () => database.close() };
}

/** The reads over an open connection. */
export function factReads(database: DatabaseSync): Omit<FactReader, 'close'> {
  const select = (clause: string) => prepareRows(database, `SELECT ${FACT_COLUMNS} FROM facts ${clause}`);
  const byRevision = select('WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?');
  const byPosition = select('WHERE position > ? ORDER BY position LIMIT ?');
  const others = select(
    "INDEXED BY facts_others WHERE type <> 'TransactionSubmitted' AND position > ? ORDER BY position LIMIT ?",
  );
  const atPosition = select('WHERE position = ?');
  const newestFirst = select('WHERE stream = ? ORDER BY revision DESC LIMIT 1');
  const byKey = select('WHERE stream = ? AND key = ?');
  const newest = prepareRows(database, 'SELECT coalesce(max(position), 0) FROM facts');

  const findByKey = (stream: string, key: string) => optionalFact(byKey.get(stream, key));
  return {
    findByKey,
    readStream: (stream, fromRevision, limit) =>
      dense('revision', Math.max(0, fromRevision), facts(byRevision.all(stream, fromRevision, limit))),
    readAll: (afterPosition, limit) =>
      dense('position', Math.max(0, afterPosition) + 1, facts(byPosition.all(afterPosition, limit))),
    readOthers: (afterPosition, limit) => facts(others.all(afterPosition, limit)),
    readAt: (position) => optionalFact(atPosition.get(position)),
    newestOf: (stream) => optionalFact(newestFirst.get(stream)),
    find: (accountId, transactionId) => findByKey(accountStream(accountId), transactionId),
    head: () => (newest.get() as unknown as [number])[0],
  };
}

function prepareRows(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

function facts(rows: unknown): StoredFact[] {
  return (rows as FactRow[]).map(factOfRow);
}

function optionalFact(row: unknown): StoredFact | undefined {
  return row === undefined ? undefined : factOfRow(row as FactRow);
}

/** Positions and revisions are dense: a fact that is missing was lost, and a fold without it would be wrong. */
function dense(order: 'position' | 'revision', first: number, read: StoredFact[]): StoredFact[] {
  const newest = read.at(-1);
  if (newest === undefined || newest[order] === first + read.length - 1) return read;
  const at = read.findIndex((fact, i) => fact[order] !== first + i);
  throw new DamagedFact(read[at]!.position, `the fact before it, at ${order} ${first + at}, is missing`);
}
