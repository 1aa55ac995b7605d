import type { Projection, ProjectionCheckpointRow, ViewDatabase } from './projection.ts';

/** Where a projection's rows stand, and which tables they are. */
export interface ViewCheckpoint {
  position: number;
  /** Of the fact at `position`; null at 0. */
  eventId: string | null;
  version: number;
  generation: number;
}

const PARTITION = 0;

/**
 * The projection's checkpoint; on its first use its tables are made, and it stands at 0. Of several processes that
 * use it first at once, those whose row came second wait for the first one's tables.
 */
export async function openProjection(db: ViewDatabase, projection: Projection): Promise<ViewCheckpoint> {
  return db.transaction().execute(async (transaction) => {
    const known = await readCheckpoint(transaction, projection.name);
    if (known !== undefined) return known;
    const first = { position: 0, eventId: null, version: projection.version, generation: 0 };
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('projection_checkpoints')
      .values(rowOf(projection.name, first))
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) return (await readCheckpoint(transaction, projection.name))!;
    await projection.createTables(transaction, '');
    return first;
  });
}

export async function readCheckpoint(db: ViewDatabase, name: string): Promise<ViewCheckpoint | undefined> {
  const row = await db
    .selectFrom('projection_checkpoints')
    .select(['position', 'event_id', 'version', 'generation'])
    .where('projection', '=', name)
    .where('partition', '=', PARTITION)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { position, event_id, version, generation } = row;
  return { position, eventId: event_id, version, generation };
}

/** Sets the checkpoint whatever it was. */
export async function writeCheckpoint(db: ViewDatabase, name: string, to: ViewCheckpoint): Promise<void> {
  await db
    .insertInto('projection_checkpoints')
    .values(rowOf(name, to))
    .onConflict((conflict) => conflict.columns(['projection', 'partition']).doUpdateSet(rowOf(name, to)))
    .execute();
}

/** Moves the checkpoint if it still is `from`. @returns whether it was */
export async function compareAndSet(
  db: ViewDatabase,
  name: string,
  from: ViewCheckpoint,
  to: ViewCheckpoint,
): Promise<boolean> {
  const moved = await db
    .updateTable('projection_checkpoints')
    .set(rowOf(name, to))
    .where('projection', '=', name)
    .where('partition', '=', PARTITION)
    .where('position', '=', from.position)
    .where('generation', '=', from.generation)
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

function rowOf(name: string, checkpoint: ViewCheckpoint): ProjectionCheckpointRow {
  const { position, eventId, version, generation } = checkpoint;
  return { projection: name, partition: PARTITION, position, event_id: eventId, version, generation };
}
