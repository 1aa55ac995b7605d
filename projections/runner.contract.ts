import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { StoredFact } from '../domain/facts.ts';
import { PROJECTIONS } from './all.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Projection, ViewDatabase } from './projection.ts';
import type { ProjectionState } from './projection-loop.ts';
import { type ProjectionRunner, startProjections } from './runner.ts';
import { type Happening, historyWriter } from './testing/histories.ts';
import type { ViewsUnderTest } from './testing/views-under-test.ts';
import { ViewRefused } from './view-problem.ts';

/** What the runner of projections keeps, on whichever database. */
export function runnerContract(under: ViewsUnderTest): void {
  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner.stop()));
    runners = [];
    await under.close();
  });
  describe('the runner', () => running(under));
  describe('one projection', () => eachAlone(under));
  describe('two runners of one database', () => twoRunners(under));
  describe('a view that is not of this store is refused', () => refusing(under));
}

const suspicion: Happening = { kind: 'suspicion', account: 1, score: 70, reasons: ['VELOCITY'] };
const transaction: Happening = { kind: 'transaction', account: 1 };

let runners: ProjectionRunner[] = [];

const { store: anyStore } = historyWriter();
interface Started {
  runner: ProjectionRunner;
  states: ProjectionState[];
}

async function start(
  db: ViewDatabase,
  store: typeof anyStore,
  projections: readonly Projection[] = PROJECTIONS,
  options: object = {},
): Promise<Started> {
  const states: ProjectionState[] = [];
  const onState = (state: ProjectionState) => states.push(state);
  const retryMs = { min: 2, max: 20 };
  const runner = await startProjections({
    db,
    store,
    projections,
    onState,
    pollMs: 10_000,
    tickMs: 5,
    retryMs,
    ...options,
  });
  runners.push(runner);
  return { runner, states };
}

async function until(isSo: () => boolean | Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it did not come about in time');
    await sleep(2);
  }
}

const stateOf = (runner: ProjectionRunner, name: string) =>
  runner.states().find((state) => state.projection === name)!;

/** A projection of no rows that does what it is told with each batch. */
function probe(name: string, apply: (facts: readonly StoredFact[]) => Promise<void>): Projection {
  return {
    name,
    version: 1,
    tables: [],
    createTables: async () => undefined,
    apply: async (_db, facts) => {
      await apply(facts);
      return [];
    },
  };
}

function running(under: ViewsUnderTest): void {
  test('brings every view to the head of the store, then follows when woken', async () => {
    const { store, happen } = historyWriter();
    for (const what of [suspicion, transaction, transaction]) await happen(what);
    const db = await under.views();
    const { runner } = await start(db, store);
    await until(async () => (await readCheckpoint(db, 'alerts'))?.position === 3);
    expect((await under.dumpOf(db)).length).toBe(3);

    await happen(suspicion);
    await sleep(20);
    expect(stateOf(runner, 'alerts').position).toBe(3);
    runner.wake();
    await until(() => runner.states().every((state) => state.position === 4));
    expect((await under.dumpOf(db)).length).toBe(6);
    expect(runner.states().map((state) => state.state)).toEqual(PROJECTIONS.map(() => 'running'));
  });

  test('looks for itself where nobody wakes it', async () => {
    const { store, happen } = historyWriter();
    const { runner } = await start(await under.views(), store, PROJECTIONS, { pollMs: 5 });
    await happen(suspicion);
    await until(() => stateOf(runner, 'alerts').position === 1);
  });

  test('writes how far it has looked also where there was nothing for it, and whose fact is there', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 5; i++) await happen(transaction);
    const db = await under.views();
    await start(db, store);
    await until(async () => (await readCheckpoint(db, 'rates'))?.position === 5);
    expect((await readCheckpoint(db, 'rates'))?.eventId).toBe(store.facts[4]!.eventId);
  });

  test('goes on where it stopped', async () => {
    const { store, happen } = historyWriter();
    const db = await under.views();
    await happen(suspicion);
    const first = await start(db, store);
    await until(() => first.runner.states().every((state) => state.position === 1));
    await first.runner.stop();
    expect(first.runner.states().map((state) => state.state)).toEqual(PROJECTIONS.map(() => 'stopped'));
    await happen({
      kind: 'work',
      alert: 0,
      command: { type: 'claim', by: 'ana', at: '2026-03-01T12:00:00Z' },
    });
    const second = await start(db, store);
    await until(() => second.runner.states().every((state) => state.position === 2));
    expect(JSON.parse((await under.dumpOf(db))[0]!)).toMatchObject({ assignee: 'ana' });
  });
}

function eachAlone(under: ViewsUnderTest): void {
  test('that is slow does not hold up the others', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 20; i++) await happen(suspicion);
    const slow = probe('slow', async (facts) => {
      for (const _ of facts) await sleep(50);
    });
    const { runner } = await start(await under.views(), store, [slow, ...PROJECTIONS]);
    await until(() => stateOf(runner, 'alerts').position === 20, 500);
    await happen(suspicion);
    runner.wake();
    await until(() => stateOf(runner, 'alerts').position === 21, 500);
    expect(stateOf(runner, 'slow').position).toBe(0);
  });

  test('that fails does not hold up the others, says so, and goes on once it can', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 10; i++) await happen(suspicion);
    let broken = true;
    const failing = probe('failing', async (facts) => {
      if (broken && facts.some((fact) => fact.position === 7)) throw new Error('no room for alert-6');
    });
    const { runner, states } = await start(await under.views(), store, [failing, ...PROJECTIONS]);
    await until(() => stateOf(runner, 'alerts').position === 10);
    // It comes as far as it can: the fact it fails at is the next.
    await until(() => stateOf(runner, 'failing').position === 6);
    await until(() => stateOf(runner, 'failing').state === 'retrying');
    expect(stateOf(runner, 'failing').problem).toBe('after position 6: no room for alert-6');
    expect(stateOf(runner, 'failing').retryingSinceMs).toBeGreaterThan(0);

    broken = false;
    await until(() => stateOf(runner, 'failing').position === 10);
    expect(stateOf(runner, 'failing')).toMatchObject({
      state: 'running',
      problem: null,
      retryingSinceMs: null,
    });
    expect(states.some((state) => state.projection === 'failing' && state.state === 'retrying')).toBe(true);
  });

  test('of a fact it is too old for stops there and says so', async () => {
    const { store, happen } = historyWriter();
    await happen(suspicion);
    const newer = {
      ...store,
      readOthers: async (after: number, limit: number) =>
        (await store.readOthers(after, limit)).map((fact) => ({ ...fact, schemaVersion: 2 })),
    };
    const { runner } = await start(await under.views(), newer);
    await until(() => stateOf(runner, 'alerts').state === 'retrying');
    expect(stateOf(runner, 'alerts').problem).toContain(
      'schema version 2, newer than this version of Shrike reads',
    );
  });

  test('leaves out what it is given again, and counts it', async () => {
    const { store, happen } = historyWriter();
    for (let i = 0; i < 3; i++) await happen(suspicion);
    let rewinds = 2;
    const repeating = {
      ...store,
      readOthers: (after: number, limit: number) =>
        store.readOthers(after > 0 && rewinds-- > 0 ? 0 : after, limit),
    };
    const db = await under.views();
    const { runner } = await start(db, repeating, [PROJECTIONS[0]!], { batchSize: 2 });
    await until(() => stateOf(runner, 'alerts').position === 3);
    expect(stateOf(runner, 'alerts').duplicates).toBe(4);
    const { count } = await db
      .selectFrom('alerts')
      .select((select) => select.fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    expect(count).toBe(3);
  });
}

function twoRunners(under: ViewsUnderTest): void {
  test('write each row once between them', async () => {
    const { store, happen } = historyWriter();
    const db = await under.views();
    const [one, two] = [await start(db, store), await start(db, store)];
    for (let i = 0; i < 60; i++) {
      await happen(i % 3 === 0 ? suspicion : { kind: 'rates' });
      one.runner.wake();
      two.runner.wake();
      if (i % 7 === 0) await sleep(1);
    }
    const all = () => [...one.runner.states(), ...two.runner.states()];
    await until(() => all().every((state) => state.position === 60));
    const clean = await under.views();
    const { runner } = await start(clean, store);
    await until(() => runner.states().every((state) => state.position === 60));
    expect(await under.dumpOf(db)).toEqual(await under.dumpOf(clean));
    expect(all().reduce((sum, state) => sum + state.lostRaces, 0)).toBeGreaterThan(0);
    expect(all().map((state) => state.problem)).toEqual(all().map(() => null));
  });
}

function refusing(under: ViewsUnderTest): void {
  async function viewOf(count: number): Promise<ViewDatabase> {
    const { store, happen } = historyWriter();
    for (let i = 0; i < count; i++) await happen(suspicion);
    const db = await under.views();
    const { runner } = await start(db, store);
    await until(async () => (await readCheckpoint(db, 'alerts'))?.position === count);
    await runner.stop();
    return db;
  }

  test('when the store was restored from an older backup', async () => {
    const db = await viewOf(5);
    const { store, happen } = historyWriter();
    await happen(suspicion);
    const refused = start(db, store);
    await expect(refused).rejects.toThrow(ViewRefused);
    await expect(refused).rejects.toThrow(
      'the view alerts is newer than the store: it has seen position 5, the store ends at 1 (restored from an older backup?); rebuild it: shrike replay --projection alerts',
    );
  });

  test('when the store has gone another way since', async () => {
    const db = await viewOf(2);
    const { store, happen } = historyWriter();
    for (let i = 0; i < 4; i++) await happen(suspicion);
    const parted = {
      ...store,
      readAt: async (position: number) => ({ ...(await store.readAt(position))!, eventId: 'other' }),
    };
    await expect(start(db, parted)).rejects.toThrow(
      'the store is newer than the view alerts, but of another history',
    );
  });

  test('when a newer version of Shrike has written it', async () => {
    const db = await viewOf(1);
    await writeCheckpoint(db, 'alerts', { ...(await readCheckpoint(db, 'alerts'))!, version: 9 });
    const { store } = historyWriter();
    await expect(start(db, store)).rejects.toThrow(
      'the view alerts has version 9, newer than version 2 of this Shrike; upgrade Shrike',
    );
  });
}
