import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { advance } from '../../../projections/advance.ts';
import { openProjection, readCheckpoint } from '../../../projections/checkpoint.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';
import { ratesProjection } from '../../../projections/rates.ts';
import { ruleSetsProjection } from '../../../projections/rule-sets.ts';
import { type Happening, historyWriter } from '../../../projections/testing/histories.ts';
import type { ViewsUnderTest } from '../../../projections/testing/views-under-test.ts';
import { ratesQueries } from './rates.ts';
import { ruleSetQueries } from './rule-sets.ts';

type Writer = ReturnType<typeof historyWriter>;

interface Context {
  db(): ViewDatabase;
  follow(...happenings: Happening[]): Promise<void>;
}

/** What the questions about rule sets and rates are answered with, on whichever database. */
export function ruleSetAndRatesQueriesContract(under: ViewsUnderTest): void {
  let db: ViewDatabase;
  let writer: Writer;
  const context: Context = { db: () => db, follow: (...happenings) => followed(db, writer, happenings) };
  beforeEach(async () => {
    db = await under.views();
    writer = historyWriter();
    await context.follow();
  });
  afterEach(() => under.close());
  describe('rule sets', () => ruleSets(context));
  describe('rates', () => rates(context));
}

async function followed(db: ViewDatabase, writer: Writer, happenings: Happening[]): Promise<void> {
  for (const what of happenings) await writer.happen(what);
  for (const projection of [ruleSetsProjection, ratesProjection]) {
    await openProjection(db, projection);
    for (let more = true; more; ) {
      const from = (await readCheckpoint(db, projection.name))!;
      const subject = { db, store: writer.store, projection, name: projection.name, suffix: '' };
      more = (await advance(subject, from, { limit: 2, tick: true })).more;
    }
  }
}

const at = '2026-03-01T12:00:00.000Z';
const publish = (name: string): Happening => ({ kind: 'publish', name });
const activate = (name: string, version: number): Happening => ({ kind: 'activate', name, version });

function ruleSets({ db, follow }: Context): void {
  test('are listed by publication, with the one in force', async () => {
    await follow(
      publish('cards'),
      publish('transfers'),
      publish('cards'),
      activate('cards', 1),
      activate('cards', 2),
    );
    const { asOf, value } = await ruleSetQueries(db()).ruleSets();
    expect(asOf).toBe(5);
    expect(value.map(({ name, version, position, active }) => [name, version, position, active])).toEqual([
      ['cards', 1, 1, false],
      ['transfers', 1, 2, false],
      ['cards', 2, 3, true],
    ]);
    expect(await ruleSetQueries(db()).active()).toEqual({
      asOf: 5,
      value: { name: 'cards', version: 2, since: 5 },
    });
  });

  test('go back to an earlier version', async () => {
    await follow(publish('cards'), publish('cards'), activate('cards', 2), activate('cards', 1));
    expect((await ruleSetQueries(db()).active()).value).toEqual({ name: 'cards', version: 1, since: 4 });
  });

  test('are shown with their source', async () => {
    await follow(publish('cards'));
    expect((await ruleSetQueries(db()).ruleSet({ name: 'cards', version: 1 })).value).toEqual({
      name: 'cards',
      version: 1,
      hash: 'h',
      source: 'name: cards',
      publishedBy: 'ana',
      publishedAt: at,
      position: 1,
      active: false,
      retired: false,
    });
    expect((await ruleSetQueries(db()).ruleSet({ name: 'cards', version: 2 })).value).toBeUndefined();
  });

  test('that were never published are none', async () => {
    expect(await ruleSetQueries(db()).ruleSets()).toEqual({ asOf: 0, value: [] });
    expect((await ruleSetQueries(db()).active()).value).toBeUndefined();
  });
}

function rates({ db, follow }: Context): void {
  test('are the newest table, and every version before it', async () => {
    expect((await ratesQueries(db()).rates()).value).toBeUndefined();
    await follow({ kind: 'rates' }, { kind: 'rates' });
    const newest = { version: 2, base: 'EUR', rates: { USD: '0.92' }, by: 'ana', at };
    expect(await ratesQueries(db()).rates()).toEqual({ asOf: 2, value: newest });
    expect((await ratesQueries(db()).versions(10)).value).toEqual([newest, { ...newest, version: 1 }]);
    expect((await ratesQueries(db()).versions(1)).value).toEqual([newest]);
  });
}
