import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ListChanged } from '../../../domain/facts.ts';
import { advance } from '../../../projections/advance.ts';
import { openProjection, readCheckpoint } from '../../../projections/checkpoint.ts';
import { listsProjection } from '../../../projections/lists.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';
import { type Happening, happening, historyWriter } from '../../../projections/testing/histories.ts';
import type { ViewsUnderTest } from '../../../projections/testing/views-under-test.ts';
import { listQueries } from './lists.ts';

type Writer = ReturnType<typeof historyWriter>;

const define = (list: string): Happening => ({ kind: 'define', list, description: null });
const at = '2026-03-01T12:00:00.000Z';
const page = { order: 'oldest', after: null, limit: 1_000 } as const;

/** @param limit facts a step takes */
async function followed(db: ViewDatabase, { store }: Writer, limit: number): Promise<void> {
  await openProjection(db, listsProjection);
  for (let more = true; more; ) {
    const from = (await readCheckpoint(db, 'lists'))!;
    const subject = { db, store, projection: listsProjection, name: 'lists', suffix: '' };
    more = (await advance(subject, from, { limit, tick: true })).more;
  }
}

/** What stands on a list after the facts up to a position, by value: when it expires. */
function naive({ store }: Writer, name: string, upTo: number): Map<string, string | null> {
  const standing = new Map<string, string | null>();
  for (const { stream, type, data, position } of store.facts) {
    if (stream !== `list-${name}` || type !== 'ListChanged' || position > upTo) continue;
    const { added, removed } = JSON.parse(data) as ListChanged;
    for (const value of removed) standing.delete(value);
    for (const { value, expiresAt } of added) standing.set(value, expiresAt);
  }
  return standing;
}

/** What questions about lists are answered with, on whichever database. */
export function listQueriesContract(under: ViewsUnderTest): void {
  let db: ViewDatabase;
  let writer: Writer;
  beforeEach(async () => {
    db = await under.views();
    writer = historyWriter();
    await followed(db, writer, 2);
  });
  afterEach(() => under.close());

  const follow = async (...happenings: Happening[]) => {
    for (const what of happenings) await writer.happen(what);
    await followed(db, writer, 2);
  };
  const list = (add: string[], remove: string[] = []): Happening => {
    return { kind: 'list', list: 'shops', add: add.map((value) => ({ value, expiresAt: null })), remove };
  };
  const values = async (filter: { at?: number; value?: string } = {}, more = {}) => {
    const { value } = await listQueries(db).listEntries('shops', filter, { ...page, ...more });
    return value.map((entry) => entry.value);
  };

  test('lists are shown as they are, by name, with who changed them last', async () => {
    await follow(define('shops'), list(['b', 'a']), define('phones'), list([], ['b']));
    const { asOf, value } = await listQueries(db).lists();
    expect(asOf).toBe(4);
    expect(value.map(({ name }) => name)).toEqual(['phones', 'shops']);
    expect(value[1]).toEqual({
      name: 'shops',
      of: 'merchantId',
      description: null,
      version: 3,
      position: 4,
      entries: 1,
      changedBy: 'ben',
      changedAt: at,
    });
    expect((await listQueries(db).list('nothing', undefined)).value).toBeUndefined();
  });

  test('and as they were at any position', async () => {
    await follow(define('phones'), define('shops'), list(['b', 'a']), list(['c'], ['b']), list(['a']));
    const was = async (position: number) => (await listQueries(db).list('shops', position)).value;
    expect([await was(1), (await was(2))?.entries, (await was(3))?.entries]).toEqual([undefined, 0, 2]);
    expect(await was(4)).toMatchObject({ version: 3, position: 4, entries: 2, changedBy: 'ben' });
    expect(await values({ at: 3 })).toEqual(['b', 'a']);
    expect(await values({ at: 4 })).toEqual(['a', 'c']);
    // Said anew it came on the list anew.
    expect(await values()).toEqual(['c', 'a']);
    expect(await values({ value: 'a', at: 3 })).toEqual(['a']);
    expect(await values({ value: 'b' })).toEqual([]);
  });

  test('page by page, whatever changes meanwhile', async () => {
    await follow(define('shops'), list(['a', 'b', 'c']));
    const first = await listQueries(db).listEntries('shops', {}, { ...page, limit: 2 });
    expect(first.value.map(({ number, value }) => [number, value])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    await follow(list(['d'], ['a']));
    expect(await values({}, { after: 2 })).toEqual(['c', 'd']);
    expect(await values({}, { order: 'newest', after: 4 })).toEqual(['c', 'b']);
  });

  test('any history gives what folding it by hand gives, at every position', async () => {
    const histories = fc.array(happening, { minLength: 1, maxLength: 40, size: 'max' });
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 9 }), async (happenings, limit) => {
        const views = await under.views();
        const history = historyWriter();
        for (const what of [define('shops'), ...happenings]) await history.happen(what);
        await followed(views, history, limit);
        for (let position = 1; position <= history.store.facts.length; position += 3) {
          const expected = naive(history, 'shops', position);
          const { value } = await listQueries(views).listEntries('shops', { at: position }, page);
          expect(new Map(value.map((entry) => [entry.value, entry.expiresAt]))).toEqual(expected);
          expect(value.length).toBe(expected.size);
          expect((await listQueries(views).list('shops', position)).value!.entries).toBe(expected.size);
        }
        await under.close();
      }),
      { numRuns: under.tries },
    );
  });
}
