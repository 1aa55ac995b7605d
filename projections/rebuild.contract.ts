import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advance, type FactSource } from './advance.ts';
import { PROJECTIONS } from './all.ts';
import { openProjection, readCheckpoint } from './checkpoint.ts';
import type { Projection, ViewDatabase } from './projection.ts';
import { type RebuildProgress, rebuild } from './rebuild.ts';
import { startProjections } from './runner.ts';
import { type Happening, happening, historyWriter } from './testing/histories.ts';
import { rowsOf } from './testing/rows-of.ts';
import type { ViewsPlace, ViewsUnderTest } from './testing/views-under-test.ts';

/** What rebuilding a view keeps, on whichever database. */
export function rebuildContract(under: ViewsUnderTest): void {
  afterEach(() => under.close());
  describe('a rebuild', () => rebuilding(under));
  describe('the swap of a rebuild', () => swapping(under));
  describe('a rebuild in another thread', () => rebuildingInAThread(under));
  describe('a projection whose version was raised', () => raisedVersions(under));
}

const [alerts] = PROJECTIONS as [Projection];
const suspicion: Happening = { kind: 'suspicion', account: 1, score: 70, reasons: ['VELOCITY'] };
const samples = (count: number, seed: number) => fc.sample(happening, { numRuns: count, seed });

async function catchUp(db: ViewDatabase, store: Parameters<typeof rebuild>[1]): Promise<void> {
  for (const projection of PROJECTIONS) {
    const subject = { db, store, projection, name: projection.name, suffix: '' };
    let checkpoint = await openProjection(db, projection);
    for (let more = true; more; ) {
      const step = await advance(subject, checkpoint, { limit: 10, tick: true });
      checkpoint = step.checkpoint!;
      more = step.more;
    }
  }
}

async function tablesOf(db: ViewDatabase): Promise<string[]> {
  return (await db.introspection.getTables()).map(({ name }) => name).sort();
}

function rebuilding(under: ViewsUnderTest): void {
  test('gives the live view row for row, and says how far it is', async () => {
    const { store, happen } = historyWriter();
    for (const what of samples(300, 1)) await happen(what);
    const db = await under.views();
    await catchUp(db, store);
    const live = await rowsOf(db);
    const tables = await tablesOf(db);
    const progress: RebuildProgress[] = [];
    for (const projection of PROJECTIONS) {
      await rebuild(db, store, projection, { batchSize: 50, onProgress: (each) => progress.push(each) });
    }
    expect(await rowsOf(db)).toEqual(live);
    expect(live.alerts!.length).toBeGreaterThan(20);
    expect(progress.at(-1)).toMatchObject({ position: store.facts.length, head: store.facts.length });
    expect(await tablesOf(db)).toEqual(tables);
  });

  test('mends rows that were changed by hand', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 5; i++) await happen(suspicion);
    const db = await under.views();
    await catchUp(db, store);
    const live = await rowsOf(db);
    await db.updateTable('alerts').set({ score: 1 }).execute();
    await db.deleteFrom('alert_reasons').execute();
    expect(await rowsOf(db)).not.toEqual(live);
    await rebuild(db, store, alerts);
    expect(await rowsOf(db)).toEqual(live);
  });
}

function swapping(under: ViewsUnderTest): void {
  test('does not put in what is behind the live view', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 5; i++) await happen(suspicion);
    const db = await under.views();
    await catchUp(db, store);
    // Once reading has begun, the store seems to end at position 2 for a while.
    let reads = 0;
    const end = () => (reads >= 1 && reads <= 3 ? 2 : 5);
    const lagging = {
      ...store,
      head: async () => end(),
      readOthers: async (after: number, limit: number) => {
        reads++;
        return (await store.readOthers(after, limit)).filter((fact) => fact.position <= end());
      },
    };
    const positions: number[] = [];
    await rebuild(db, lagging, alerts, { onProgress: ({ position }) => positions.push(position) });
    expect(positions).toEqual([2, 2, 2, 5, 5]);
    expect((await readCheckpoint(db, 'alerts'))?.position).toBe(5);
    expect((await db.selectFrom('alerts').select('alert_id').execute()).length).toBe(5);
  });

  test('replaces a view of another history, although that had seen more', async () => {
    const before = historyWriter();
    for (let i = 0; i < 9; i++) await before.happen(suspicion);
    const db = await under.views();
    await catchUp(db, before.store);
    const { store, happen } = historyWriter();
    await happen(suspicion);
    const checkpoint = await rebuild(db, store, alerts);
    expect(checkpoint.position).toBe(1);
    expect((await db.selectFrom('alerts').select('alert_id').execute()).length).toBe(1);
  });

  test('begun twice ends once, with an error for the other', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 50; i++) await happen(suspicion);
    const db = await under.views();
    await catchUp(db, store);
    const outcomes = await Promise.allSettled([1, 2].map(() => rebuild(db, store, alerts, { batchSize: 3 })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await db.selectFrom('alerts').select('alert_id').execute()).length).toBe(50);
  });

  test('called off leaves the live view, and the next one cleans up', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 20; i++) await happen(suspicion);
    const db = await under.views();
    await catchUp(db, store);
    const live = await rowsOf(db);
    const calledOff = new AbortController();
    const onProgress = () => calledOff.abort();
    await expect(
      rebuild(db, store, alerts, { batchSize: 3, signal: calledOff.signal, onProgress }),
    ).rejects.toThrow();
    expect(await rowsOf(db)).toEqual(live);
    await rebuild(db, store, alerts);
    expect(await rowsOf(db)).toEqual(live);
  });
}

const RACE_LOST_WITHIN_MS = 20_000;

function rebuildingInAThread(under: ViewsUnderTest): void {
  test('while the live runner writes gives the same rows as a clean run', async () => {
    const { store, happen } = historyWriter();
    const db = await under.views();
    const runner = await startProjections({ db, store, projections: PROJECTIONS, tickMs: 1 });
    const rebuilding = rebuildAgainAndAgain(under.placeOf(db), store);
    const hasLostARace = () => runner.states().some(({ lostRaces }) => lostRaces > 0);
    const begun = Date.now();
    let seed = 2;
    // How soon the two meet is chance.
    do {
      for (const what of samples(1_500, seed++)) {
        await happen(what);
        runner.wake();
        await sleep(1);
      }
    } while (!hasLostARace() && Date.now() - begun < RACE_LOST_WITHIN_MS);
    const rebuilds = await rebuilding.end();
    while (runner.states().some((state) => state.position < store.facts.length)) {
      runner.wake();
      await sleep(5);
    }
    await runner.stop();

    const clean = await under.views();
    await catchUp(clean, store);
    expect(await rowsOf(db)).toEqual(await rowsOf(clean));
    expect(runner.states().map((state) => state.problem)).toEqual(PROJECTIONS.map(() => null));
    expect(rebuilds).toBeGreaterThan(1);
    expect((await readCheckpoint(db, 'alerts'))?.generation).toBe(rebuilds);
    expect(runner.states().reduce((sum, state) => sum + state.lostRaces, 0)).toBeGreaterThan(0);
  }, 60_000);
}

function rebuildAgainAndAgain(place: ViewsPlace, store: FactSource) {
  const { port1, port2 } = new MessageChannel();
  port1.on(
    'message',
    async ({ id, method, args }: { id: number; method: keyof FactSource; args: [number, number] }) => {
      port1.postMessage({ id, value: await store[method](...args) });
    },
  );
  const worker = new Worker(new URL('./testing/rebuild-worker.fixture.ts', import.meta.url), {
    workerData: { place, port: port2 },
    transferList: [port2],
  });
  const rebuilds = once(worker, 'message');
  return {
    async end(): Promise<number> {
      worker.postMessage('end');
      const [count] = await rebuilds;
      port1.close();
      return count as number;
    },
  };
}

function raisedVersions(under: ViewsUnderTest): void {
  test('is rebuilt beside its old rows when the runner starts, and swapped in', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 8; i++) await happen(suspicion);
    const db = await under.views();
    await catchUp(db, store);
    const second: Projection = {
      ...alerts,
      version: alerts.version + 1,
      apply: async (handle, facts, suffix) => [
        ...(await alerts.apply(handle, facts, suffix)),
        handle.updateTable(`alerts${suffix}` as 'alerts').set({ currency: 'XXX' }),
      ],
    };
    const states: string[] = [];
    const runner = await startProjections({
      db,
      store,
      projections: [second],
      onState: ({ state }) => states.push(state),
    });
    while (runner.states()[0]!.position < 8) await sleep(2);
    await runner.stop();
    expect(states).toEqual(['rebuilding', 'running', 'stopped']);
    expect(await db.selectFrom('alerts').select('currency').distinct().execute()).toEqual([
      { currency: 'XXX' },
    ]);
    expect(await readCheckpoint(db, 'alerts')).toMatchObject({
      version: alerts.version + 1,
      generation: 1,
      position: 8,
    });
  });
}
