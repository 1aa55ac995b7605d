import type { Compilable } from 'kysely';
import {
  factData,
  type ListDefined,
  listChanged,
  listOfStream,
  type StoredFact,
  UnknownSchemaVersion,
} from '../domain/facts.ts';
import { inChunks } from './in-chunks.ts';
import type { ListRow, ListTables } from './lists.ts';
import type { ViewDatabase } from './projection.ts';

type EntryRow = ListTables['list_entries'];

/** The number of the entry that stands of a value; null where none does. */
type Standing = Map<string, number | null>;

/** Rows as they are after the facts folded so far, to be written at once. */
export class ListChanges {
  readonly #lists: Map<string, ListRow>;
  readonly #standing = new Map<string, Standing>();
  readonly #changed = new Set<ListRow>();
  readonly #versions: ListTables['list_versions'][] = [];
  readonly #entries = new Map<string, EntryRow>();
  /** Entries that stood before, and until when. */
  readonly #ended: Pick<EntryRow, 'name' | 'number' | 'until_position'>[] = [];

  constructor(lists: readonly ListRow[]) {
    this.#lists = new Map(lists.map((list) => [list.name, list]));
  }

  /** The values that a fact speaks of and of which it is not known yet whether they stand. */
  valuesOf(fact: StoredFact): string[] {
    if (fact.type !== 'ListChanged') return [];
    const { added, removed } = listChanged(fact);
    const standing = this.#standingOf(fact);
    return [...removed, ...added.map(({ value }) => value)].filter((value) => !standing.has(value));
  }

  /** What the database says of them. */
  learn(name: string, values: readonly string[], found: readonly { number: number; value: string }[]): void {
    const standing = this.#standing.get(name)!;
    for (const value of values) standing.set(value, null);
    for (const { number, value } of found) standing.set(value, number);
  }

  fold(fact: StoredFact): void {
    const { type } = fact;
    if (type === 'ListDefined') this.#define(fact);
    else if (type === 'ListChanged') this.#change(fact);
    else throw new UnknownSchemaVersion(fact);
  }

  #define(fact: StoredFact): void {
    const { name, of, description, by, at } = factData<ListDefined>(fact);
    const known = this.#lists.get(name);
    const first = { name, version: 0, position: 0, changed_by: by, changed_at: at, entries: 0, numbered: 0 };
    const list: ListRow = Object.assign(known ?? { ...first, of_field: of, description }, { description });
    this.#lists.set(name, list);
    this.#moved(list, fact, by, at);
  }

  #change(fact: StoredFact): void {
    const { name, added, removed, by, at } = listChanged(fact);
    const list = this.#lists.get(name);
    if (list === undefined)
      throw new Error(`${fact.stream}: revision ${fact.revision} follows no definition`);
    const standing = this.#standingOf(fact);
    for (const value of removed) this.#end(list, value, fact.position);
    for (const { value, expiresAt, note } of added) {
      this.#end(list, value, fact.position);
      const number = ++list.numbered;
      list.entries += 1;
      standing.set(value, number);
      this.#entries.set(keyOf(name, number), {
        name,
        number,
        value,
        expires_at: expiresAt,
        note,
        from_version: fact.revision + 1,
        from_position: fact.position,
        added_by: by,
        added_at: at,
        until_position: null,
      });
    }
    this.#moved(list, fact, by, at);
  }

  /** What stood of the value does so no more. */
  #end(list: ListRow, value: string, position: number): void {
    const { name } = list;
    const standing = this.#standing.get(name)!;
    const number = standing.get(value) ?? null;
    if (number === null) return;
    standing.set(value, null);
    list.entries -= 1;
    const written = this.#entries.get(keyOf(name, number));
    if (written === undefined) this.#ended.push({ name, number, until_position: position });
    else written.until_position = position;
  }

  #moved(list: ListRow, { stream, revision, position }: StoredFact, by: string, at: string): void {
    if (list.version !== revision) {
      throw new Error(`${stream}: revision ${revision} follows version ${list.version} in the view`);
    }
    const version = revision + 1;
    Object.assign(list, { version, position, changed_by: by, changed_at: at });
    this.#changed.add(list);
    const { name, entries } = list;
    this.#versions.push({ name, version, position, changed_by: by, changed_at: at, entries });
  }

  #standingOf({ stream }: StoredFact): Standing {
    const name = listOfStream(stream)!;
    let standing = this.#standing.get(name);
    if (standing === undefined) {
      standing = new Map();
      this.#standing.set(name, standing);
    }
    return standing;
  }

  writes(db: ViewDatabase, suffix: string): Compilable[] {
    const table = `list_entries${suffix}` as 'list_entries';
    const byEnd = Map.groupBy(this.#ended, ({ name, until_position }) => keyOf(name, until_position!));
    return [
      ...[...this.#changed].map((row) =>
        db
          .insertInto(`lists${suffix}` as 'lists')
          .values(row)
          .onConflict((conflict) => conflict.column('name').doUpdateSet(row)),
      ),
      ...inChunks(this.#versions).map((rows) =>
        db.insertInto(`list_versions${suffix}` as 'list_versions').values(rows),
      ),
      ...inChunks([...this.#entries.values()]).map((rows) => db.insertInto(table).values(rows)),
      ...[...byEnd.values()].flatMap((ended) => {
        const { name, until_position } = ended[0]!;
        return inChunks(ended.map(({ number }) => number)).map((numbers) =>
          db
            .updateTable(table)
            .set({ until_position })
            .where('name', '=', name)
            .where('number', 'in', numbers),
        );
      }),
    ];
  }
}

/** Names have no spaces. */
const keyOf = (name: string, number: number): string => `${name} ${number}`;
