import { Kysely } from 'kysely';
import type { ViewDatabase, ViewTables } from '../../projections/projection.ts';
import { nodeSqliteDialect } from './node-sqlite-dialect.ts';
import { type DatabaseKind, type OpenOptions, openDatabase } from './open-database.ts';

/** The projections make their tables themselves, each with a version of its own; this is the file's format. */
const VIEWS: DatabaseKind = {
  name: 'views (views.db)',
  applicationId: 0x53485256, // SHRV
  migrations: [
    `CREATE TABLE projection_checkpoints (
       projection TEXT NOT NULL,
       partition INTEGER NOT NULL,
       position INTEGER NOT NULL,
       event_id TEXT,
       version INTEGER NOT NULL,
       generation INTEGER NOT NULL,
       PRIMARY KEY (projection, partition)
     ) STRICT, WITHOUT ROWID`,
  ],
};

/** Destroying it closes the file. @throws DatabaseRefused */
export function openViewsDatabase(path: string, options: OpenOptions = {}): ViewDatabase {
  return new Kysely<ViewTables>({ dialect: nodeSqliteDialect(openDatabase(path, VIEWS, options)) });
}
