import type { Compilable, Kysely } from 'kysely';
import type { StoredFact } from '../domain/facts.ts';
import type { AlertTables } from './alerts.ts';
import type { ListTables } from './lists.ts';
import type { RatesTables } from './rates.ts';
import type { RuleSetTables } from './rule-sets.ts';

/** Where a projection stands. It changes only together with the projection's rows. */
export interface ProjectionCheckpointRow {
  projection: string;
  /** Facts that are no transactions are few: they are read as one partition, 0. */
  partition: number;
  position: number;
  /** Of the fact at `position`; null at 0. */
  event_id: string | null;
  /** Version of the projection that wrote the rows. */
  version: number;
  /** How often its tables were replaced by rebuilt ones. */
  generation: number;
}

export interface ViewTables extends AlertTables, RuleSetTables, RatesTables, ListTables {
  projection_checkpoints: ProjectionCheckpointRow;
}

export type ViewDatabase = Kysely<ViewTables>;

/**
 * A read model: facts in, rows out. The SQL it writes runs on SQLite and PostgreSQL alike.
 *
 * `apply` reads the rows that facts change, folds, and returns the statements that write them; it writes nothing
 * itself. The rows are its own and change only with its checkpoint, so what it read still holds if the checkpoint
 * still does: writing is one short transaction, and a slow projection never holds up another.
 */
export interface Projection {
  name: string;
  /** Raised when the same facts give other rows; the view is then rebuilt beside and swapped in. */
  version: number;
  /** Its tables, named without suffix. */
  tables: readonly (keyof ViewTables)[];
  /** @param suffix of the names of tables and indexes: '' for the first, then one for each rebuild */
  createTables(db: ViewDatabase, suffix: string): Promise<void>;
  /**
   * @param facts in the order of their positions, none that was applied before
   * @throws UnknownSchemaVersion, or any error: the facts are tried again later
   */
  apply(db: ViewDatabase, facts: readonly StoredFact[], suffix: string): Promise<Compilable[]>;
}
