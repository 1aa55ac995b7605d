import type { ListEntryFilter, ListEntryView, ListSummary, Page, Reflecting } from '../../../api/services.ts';
import { type ListRow, type ListTables, listsProjection } from '../../../projections/lists.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';
import { viewPosition } from './view-position.ts';

export interface ListQueries {
  /** Every list as it is, by name. */
  lists(): Promise<Reflecting<ListSummary[]>>;
  /** @param at as it was for what comes after that position; undefined: as it is */
  list(name: string, at: number | undefined): Promise<Reflecting<ListSummary | undefined>>;
  /** Its entries, in the order in which they came on the list; paged by their numbers. */
  listEntries(name: string, filter: ListEntryFilter, page: Page): Promise<Reflecting<ListEntryView[]>>;
}

export function listQueries(views: ViewDatabase): ListQueries {
  const asOf = () => viewPosition(views, listsProjection.name);
  return {
    async lists() {
      const reflected = { asOf: await asOf() };
      const rows = await views.selectFrom('lists').selectAll().execute();
      // In code: databases order text each in their own way.
      return { ...reflected, value: rows.map(summary).sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
    async list(name, at) {
      const reflected = { asOf: await asOf() };
      const row = await views.selectFrom('lists').selectAll().where('name', '=', name).executeTakeFirst();
      if (row === undefined || at === undefined) return { ...reflected, value: row && summary(row) };
      const then = await views
        .selectFrom('list_versions')
        .select(['version', 'position', 'changed_by', 'changed_at', 'entries'])
        .where('name', '=', name)
        .where('position', '<=', at)
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst();
      return { ...reflected, value: then && summary({ ...row, ...then }) };
    },
    async listEntries(name, filter, page) {
      const reflected = { asOf: await asOf() };
      const rows = await entriesQuery(views, name, filter, page).execute();
      return { ...reflected, value: rows.map(entryView) };
    },
  };
}

function entriesQuery(views: ViewDatabase, name: string, { value, at }: ListEntryFilter, page: Page) {
  const { order, after, limit } = page;
  let query = views.selectFrom('list_entries').selectAll().where('name', '=', name);
  if (value !== undefined) query = query.where('value', '=', value);
  if (at === undefined) query = query.where('until_position', 'is', null);
  else {
    query = query
      .where('from_position', '<=', at)
      .where((or) => or.or([or('until_position', 'is', null), or('until_position', '>', at)]));
  }
  if (after !== null) query = query.where('number', order === 'oldest' ? '>' : '<', after);
  return query.orderBy('number', order === 'oldest' ? 'asc' : 'desc').limit(limit);
}

const summary = (row: Omit<ListRow, 'numbered'>): ListSummary => ({
  name: row.name,
  of: row.of_field,
  description: row.description,
  version: row.version,
  position: row.position,
  entries: row.entries,
  changedBy: row.changed_by,
  changedAt: row.changed_at,
});

const entryView = (row: ListTables['list_entries']): ListEntryView => ({
  number: row.number,
  value: row.value,
  expiresAt: row.expires_at,
  note: row.note,
  version: row.from_version,
  position: row.from_position,
  by: row.added_by,
  at: row.added_at,
});
