import { listOfStream, type StoredFact } from '../domain/facts.ts';
import { inChunks } from './in-chunks.ts';
import { ListChanges } from './list-changes.ts';
import type { Projection, ViewDatabase } from './projection.ts';

export interface ListRow {
  name: string;
  of_field: string;
  description: string | null;
  /** Of the newest fact: the list's facts, counted. */
  version: number;
  position: number;
  changed_by: string;
  changed_at: string;
  /** Values on it, expired or not. */
  entries: number;
  /** Numbers given to entries so far. */
  numbered: number;
}

export interface ListTables {
  lists: ListRow;
  /** Every version of a list, one a fact. */
  list_versions: {
    name: string;
    version: number;
    position: number;
    changed_by: string;
    changed_at: string;
    /** Values on it then. */
    entries: number;
  };
  /** All that was ever said of a value, each for as long as it stood. */
  list_entries: {
    name: string;
    /** In the order in which they came on the list: 1, 2, … */
    number: number;
    value: string;
    expires_at: string | null;
    note: string | null;
    from_version: number;
    from_position: number;
    added_by: string;
    added_at: string;
    /** Of the fact that took it off or said otherwise; null while it stands. */
    until_position: number | null;
  };
}

/** Lists as they are, and as they were at any position. */
export const listsProjection: Projection = {
  name: 'lists',
  version: 1,
  tables: ['lists', 'list_versions', 'list_entries'],
  createTables,

  async apply(db, facts, suffix) {
    const own = facts.filter(({ stream }) => listOfStream(stream) !== undefined);
    if (own.length === 0) return [];
    const changes = new ListChanges(await readLists(db, own, suffix));
    for (const fact of own) {
      const named = changes.valuesOf(fact);
      for (const values of inChunks(named)) {
        changes.learn(listOfStream(fact.stream)!, values, await readStanding(db, fact, values, suffix));
      }
      changes.fold(fact);
    }
    return changes.writes(db, suffix);
  },
};

async function readLists(db: ViewDatabase, facts: readonly StoredFact[], suffix: string): Promise<ListRow[]> {
  const names = [...new Set(facts.map(({ stream }) => listOfStream(stream)!))];
  const rows: ListRow[] = [];
  for (const chunk of inChunks(names)) {
    const lists = db.selectFrom(`lists${suffix}` as 'lists').selectAll();
    rows.push(...(await lists.where('name', 'in', chunk).execute()));
  }
  return rows;
}

/** The entries of these values that stand. */
function readStanding(
  db: ViewDatabase,
  { stream }: StoredFact,
  values: readonly string[],
  suffix: string,
): Promise<{ number: number; value: string }[]> {
  return db
    .selectFrom(`list_entries${suffix}` as 'list_entries')
    .select(['number', 'value'])
    .where('name', '=', listOfStream(stream)!)
    .where('until_position', 'is', null)
    .where('value', 'in', values)
    .execute();
}

async function createTables(db: ViewDatabase, suffix: string): Promise<void> {
  await db.schema
    .createTable(`lists${suffix}`)
    .addColumn('name', 'text', (column) => column.notNull().primaryKey())
    .addColumn('of_field', 'text', (column) => column.notNull())
    .addColumn('description', 'text')
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('changed_by', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'text', (column) => column.notNull())
    .addColumn('entries', 'integer', (column) => column.notNull())
    .addColumn('numbered', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable(`list_versions${suffix}`)
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('changed_by', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'text', (column) => column.notNull())
    .addColumn('entries', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint(`list_versions_key${suffix}`, ['name', 'version'])
    .execute();
  await db.schema
    .createTable(`list_entries${suffix}`)
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('number', 'bigint', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text')
    .addColumn('note', 'text')
    .addColumn('from_version', 'integer', (column) => column.notNull())
    .addColumn('from_position', 'bigint', (column) => column.notNull())
    .addColumn('added_by', 'text', (column) => column.notNull())
    .addColumn('added_at', 'text', (column) => column.notNull())
    .addColumn('until_position', 'bigint')
    .addPrimaryKeyConstraint(`list_entries_key${suffix}`, ['name', 'number'])
    .execute();
  await db.schema
    .createIndex(`list_entries_by_value${suffix}`)
    .on(`list_entries${suffix}`)
    .columns(['name', 'value', 'number'])
    .execute();
}
