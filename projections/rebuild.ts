import { advance, type FactSource, type Subject } from './advance.ts';
import {
  compareAndSet,
  openProjection,
  readCheckpoint,
  type ViewCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import type { Projection, ViewDatabase } from './projection.ts';
import { historyProblem } from './view-problem.ts';

export interface RebuildProgress {
  projection: string;
  /** Rebuilt up to here, of `head`. */
  position: number;
  head: number;
  facts: number;
}

export interface RebuildOptions {
  onProgress?: (progress: RebuildProgress) => void;
  /** Facts a transaction. */
  batchSize?: number;
  signal?: AbortSignal;
}

/**
 * Builds a projection anew beside the live one, which is read and written on meanwhile, also by another process,
 * and swaps it in when it is at or past the live one, in one transaction. The live runner's next step finds
 * another checkpoint, writes nothing, and goes on from there. It only reads the store.
 *
 * Of two rebuilds of a projection at once the one begun first fails.
 */
export async function rebuild(
  db: ViewDatabase,
  store: FactSource,
  projection: Projection,
  options: RebuildOptions = {},
): Promise<ViewCheckpoint> {
  const { onProgress, batchSize = 500, signal } = options;
  const live = await openProjection(db, projection);
  // A view of another history has no position that could be compared.
  const evenIfPast = (await historyProblem(store, projection.name, live, '')) !== undefined;
  const suffix = `_g${live.generation + 1}`;
  const subject = { db, store, projection, suffix, name: `${projection.name}${suffix}` };

  let checkpoint = await begin(subject, live.generation + 1);
  for (let facts = 0; ; ) {
    signal?.throwIfAborted();
    const step = await advance(subject, checkpoint, { limit: batchSize, tick: true });
    if (step.checkpoint === undefined) throw new Error(`another rebuild of ${projection.name} was begun`);
    checkpoint = step.checkpoint;
    facts += step.facts;
    onProgress?.({ projection: projection.name, position: step.position, head: await store.head(), facts });
    if (!step.more && (await swap(subject, checkpoint, evenIfPast))) return checkpoint;
  }
}

async function begin({ db, projection, suffix, name }: Subject, generation: number): Promise<ViewCheckpoint> {
  return db.transaction().execute(async (transaction) => {
    // The row first: where a database locks rows alone, rebuilds begun at once then follow one another.
    const first = { position: 0, eventId: null, version: projection.version, generation };
    await writeCheckpoint(transaction, name, first);
    for (const table of projection.tables) {
      await transaction.schema.dropTable(`${table}${suffix}`).ifExists().execute();
    }
    await projection.createTables(transaction, suffix);
    return first;
  });
}

async function swap(subject: Subject, rebuilt: ViewCheckpoint, evenIfPast: boolean): Promise<boolean> {
  const { db, projection, suffix, name } = subject;
  return db.transaction().execute(async (transaction) => {
    const live = await readCheckpoint(transaction, projection.name);
    if (live?.generation !== rebuilt.generation - 1) {
      throw new Error(`another rebuild of ${projection.name} was finished first`);
    }
    if (live.position > rebuilt.position && !evenIfPast) return false;
    // Compared, for the live view may go on while this looks; and before the tables, as every step locks them.
    if (!(await compareAndSet(transaction, projection.name, live, rebuilt))) return false;
    // The last first: queries join from the later tables to the first, and lock them in that order.
    for (const table of projection.tables.toReversed()) {
      await transaction.schema.dropTable(table).ifExists().execute();
      await transaction.schema.alterTable(`${table}${suffix}`).renameTo(table).execute();
    }
    await transaction.deleteFrom('projection_checkpoints').where('projection', '=', name).execute();
    return true;
  });
}
