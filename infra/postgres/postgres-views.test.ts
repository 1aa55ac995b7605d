import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { AlertFilter } from '../../api/services.ts';
import { alertGatheringContract } from '../../projections/alert-gathering.contract.ts';
import { alertsProjection } from '../../projections/alerts.ts';
import { PROJECTIONS } from '../../projections/all.ts';
import { openProjection, readCheckpoint } from '../../projections/checkpoint.ts';
import { deliveryContract } from '../../projections/delivery.contract.ts';
import type { ViewDatabase } from '../../projections/projection.ts';
import type { ProjectionState } from '../../projections/projection-loop.ts';
import { rebuildContract } from '../../projections/rebuild.contract.ts';
import { rebuild } from '../../projections/rebuild.ts';
import { runnerContract } from '../../projections/runner.contract.ts';
import { happening, historyWriter } from '../../projections/testing/histories.ts';
import { rowsOf } from '../../projections/testing/rows-of.ts';
import { sqliteViews } from '../../projections/testing/sqlite-views.ts';
import type { ViewsPlace } from '../../projections/testing/views-under-test.ts';
import { describeWith, engineOf } from '../../tests/support/with-engine.ts';
import { alertQueriesContract } from '../read-model/queries/alerts.contract.ts';
import { alertQueries, listQuery } from '../read-model/queries/alerts.ts';
import { listQueriesContract } from '../read-model/queries/lists.contract.ts';
import { ruleSetAndRatesQueriesContract } from '../read-model/queries/rule-sets-and-rates.contract.ts';
import { openPostgresViews } from './postgres-views.ts';
import { postgresOfTests } from './testing/postgres-of-tests.ts';
import { postgresViews } from './testing/postgres-views-under-test.ts';

const postgres = await engineOf(postgresOfTests);

describeWith('views in PostgreSQL', postgres, (engine) => {
  const under = postgresViews(() => engine().url);
  afterEach(() => under.close());
  for (const contract of [
    deliveryContract,
    runnerContract,
    rebuildContract,
    alertQueriesContract,
    alertGatheringContract,
    ruleSetAndRatesQueriesContract,
    listQueriesContract,
  ]) {
    describe('keep the contract:', () => contract(under));
  }

  const history = (length: number, seed: number) => fc.sample(happening, { numRuns: length, seed });

  async function writtenOnce(db: ViewDatabase, length: number, seed: number): Promise<void> {
    const { store, happen } = historyWriter();
    for (const what of history(length, seed)) await happen(what);
    for (const projection of PROJECTIONS) await rebuild(db, store, projection);
  }

  test('are dumped to the byte as those of SQLite, and have the same rows', async () => {
    const embedded = sqliteViews();
    const [there, here] = [await embedded.views(), await under.views()];
    for (const db of [there, here]) await writtenOnce(db, 400, 7);
    expect(await under.dumpOf(here)).toEqual(await embedded.dumpOf(there));
    expect((await under.dumpOf(here)).length).toBeGreaterThan(200);
    expect(await rowsOf(here)).toEqual(await rowsOf(there));
    await embedded.close();
  });

  test('are made once by processes that open them at once', async () => {
    const place = under.placeOf(await under.views()) as ViewsPlace & { url: string };
    const others = await Promise.all([1, 2, 3, 4].map(() => openPostgresViews(place.url)));
    const opened = await Promise.all(
      others.flatMap((db) => PROJECTIONS.map((projection) => openProjection(db, projection))),
    );
    expect(new Set(opened.map(({ position, generation }) => `${position} ${generation}`))).toEqual(
      new Set(['0 0']),
    );
    for (const db of others) await db.destroy();
  });

  test('are written once between several projector processes, some of them killed', async () => {
    const db = await under.views();
    const { url } = under.placeOf(db) as ViewsPlace & { url: string };
    const [seed, length] = [11, 2_000];
    const first = [1, 2, 3].map(() => projector(url, seed, length));
    for (const [i, { child, ended }] of first.slice(1).entries()) {
      while (((await readCheckpoint(db, 'alerts'))?.position ?? 0) < 300 * (i + 1)) await sleep(2);
      child.kill('SIGKILL');
      await expect(ended).rejects.toThrow();
    }
    const second = projector(url, seed, length);
    const states = (await Promise.all([first[0]!.ended, second.ended])).flat();
    expect(states.map(({ problem }) => problem).filter((problem) => problem !== null)).toEqual([]);
    const clean = await under.views();
    await writtenOnce(clean, length, seed);
    expect(await rowsOf(db)).toEqual(await rowsOf(clean));
    expect(states.reduce((sum, { lostRaces }) => sum + lostRaces, 0)).toBeGreaterThan(0);
  });
});

describeWith('views in PostgreSQL', postgres, (engine) => {
  const under = postgresViews(() => engine().url);
  afterEach(() => under.close());

  test('are listed while rebuilt ones are swapped in, each list whole', async () => {
    const db = await under.views();
    const { store, happen } = historyWriter();
    for (let i = 0; i < 40; i++) await happen({ kind: 'suspicion', account: 1, score: 70, reasons: ['R'] });
    await rebuild(db, store, alertsProjection);
    let over = false;
    const reading = Array.from({ length: 4 }, async (_, i) => {
      const filter = i % 2 === 0 ? { reason: 'R' } : {};
      const page = { order: 'oldest', after: null, limit: 100 } as const;
      let lists = 0;
      for (; !over; lists++) expect((await alertQueries(db).alerts(filter, page)).value.length).toBe(40);
      return lists;
    });
    const all = Promise.all(reading);
    for (let i = 0; i < 15; i++) await Promise.race([rebuild(db, store, alertsProjection), all]);
    over = true;
    expect(Math.min(...(await all))).toBeGreaterThan(5);
  });

  test.each<[AlertFilter, string]>([
    [{}, 'alerts_by_opened_position'],
    [{ state: 'open' }, 'alerts_by_state'],
    [{ accountId: 'a' }, 'alerts_by_account_id'],
    [{ assignee: 'a' }, 'alerts_by_assignee'],
    [{ decision: 'decline' }, 'alerts_by_decision'],
    [{ reason: 'R' }, 'alert_reasons_by_reason'],
  ])('list alerts of %j by an index, in its order', async (filter, index) => {
    const db = await under.views();
    await openProjection(db, alertsProjection);
    const plan = await db.transaction().execute(async (transaction) => {
      // So few rows are read faster as they lie.
      await sql`SET LOCAL enable_seqscan = off`.execute(transaction);
      await sql`SET LOCAL enable_bitmapscan = off`.execute(transaction);
      const { sql: text, parameters } = listQuery(
        transaction,
        filter,
        { order: 'newest', after: 9, limit: 10 },
        9,
      ).compile();
      const query = text.replace(/\$(\d+)/g, (_, i) => literal(parameters[Number(i) - 1]));
      const { rows } = await sql<{ 'QUERY PLAN': string }>`EXPLAIN ${sql.raw(query)}`.execute(transaction);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).toContain(`Index Scan Backward using ${index} `);
    expect(plan).not.toContain('Sort');
  });
});

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));

const run = promisify(execFile);

function projector(url: string, seed: number, length: number) {
  const fixture = new URL('./projector.fixture.ts', import.meta.url).pathname;
  const running = run('node', [fixture, url, String(seed), String(length)]);
  const ended = running.then(({ stdout }) => JSON.parse(stdout) as ProjectionState[]);
  return { child: running.child, ended };
}
