import type { Compilable } from 'kysely';
import type { StoredFact } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import { compareAndSet, readCheckpoint, type ViewCheckpoint } from './checkpoint.ts';
import type { Projection, ViewDatabase } from './projection.ts';

export type FactSource = Pick<EventStore, 'readOthers' | 'readAt' | 'head'>;

/** A projection as one reader drives it. */
export interface Subject {
  db: ViewDatabase;
  store: FactSource;
  projection: Projection;
  /** Key of its checkpoint: the projection's name, with the suffix of its tables while it is being rebuilt. */
  name: string;
  /** Of its tables' names. */
  suffix: string;
}

/** One step of a view, written whole or not at all. */
export interface ViewChange {
  name: string;
  from: ViewCheckpoint;
  to: ViewCheckpoint;
  writes: readonly Compilable[];
}

export interface Step {
  /** Where the view stands now; undefined if another had moved its checkpoint, so that nothing was written. */
  checkpoint: ViewCheckpoint | undefined;
  /** Up to where the store was looked at: the view shows everything up to here. */
  position: number;
  facts: number;
  /** Facts the store gave though they were applied before. */
  duplicates: number;
  /** Whether the store may have more at once. */
  more: boolean;
}

export interface StepOptions {
  /** Facts read at most. */
  limit: number;
  /** Whether a step without facts writes how far it has looked; with facts it always does. */
  tick: boolean;
  commit?: typeof commitChange;
}

/** Applies the next facts after `from`. */
export async function advance(subject: Subject, from: ViewCheckpoint, options: StepOptions): Promise<Step> {
  const { db, store, projection, name, suffix } = subject;
  // Before reading: whatever lies up to here is among what is read.
  const head = await store.head();
  const read = await store.readOthers(from.position, options.limit);
  const facts = read.filter((fact) => fact.position > from.position);
  // Only an empty answer says that there is no more: a store may give less than asked for.
  const more = read.length > 0;
  const seen = { facts: facts.length, duplicates: read.length - facts.length, more };
  const position = Math.max(from.position, more ? (facts.at(-1)?.position ?? 0) : head);
  if (position === from.position || (facts.length === 0 && !options.tick)) {
    return { ...seen, position, checkpoint: from };
  }

  const eventId = await eventIdAt(store, position, facts);
  const to = { ...from, position, eventId };
  let writes: Compilable[] = [];
  try {
    if (facts.length > 0) writes = await projection.apply(db, facts, suffix);
  } catch (error) {
    // Rows that another has moved on meanwhile make no sense to these facts.
    if (await isAt(db, name, from)) throw error;
    return { ...seen, position, checkpoint: undefined };
  }
  const written = await (options.commit ?? commitChange)(db, { name, from, to, writes });
  return { ...seen, position, checkpoint: written ? to : undefined };
}

/** Of whichever fact is there, a transaction too: it tells this history from another. */
async function eventIdAt(store: FactSource, position: number, facts: readonly StoredFact[]): Promise<string> {
  const last = facts.at(-1);
  const fact = last?.position === position ? last : await store.readAt(position);
  if (fact === undefined) throw new Error(`the store has no fact at position ${position}, its head`);
  return fact.eventId;
}

async function isAt(
  db: ViewDatabase,
  name: string,
  { position, generation }: ViewCheckpoint,
): Promise<boolean> {
  const now = await readCheckpoint(db, name);
  return now?.position === position && now.generation === generation;
}

/** Compares and sets the checkpoint and writes the rows, in one transaction. @returns whether it was written */
export async function commitChange(db: ViewDatabase, change: ViewChange): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    if (!(await compareAndSet(transaction, change.name, change.from, change.to))) return false;
    for (const write of change.writes) await transaction.executeQuery(write);
    return true;
  });
}
