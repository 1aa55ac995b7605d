import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advance } from './advance.ts';
import { alertsProjection } from './alerts.ts';
import { openProjection, readCheckpoint } from './checkpoint.ts';
import type { ViewDatabase } from './projection.ts';
import { rebuild } from './rebuild.ts';
import { type Happening, historyWriter, toGather, work } from './testing/histories.ts';
import { naiveAlerts } from './testing/naive-alerts.ts';
import type { ViewsUnderTest } from './testing/views-under-test.ts';

/** Which alert holds which suspicion, on whichever database. */
export function alertGatheringContract(under: ViewsUnderTest): void {
  afterEach(() => under.close());
  describe('alerts that gather suspicions', () => gathering(under));
}

type Store = ReturnType<typeof historyWriter>['store'];

async function catchUp(db: ViewDatabase, store: Store, limits: () => number): Promise<void> {
  await openProjection(db, alertsProjection);
  for (let more = true; more; ) {
    const from = (await readCheckpoint(db, 'alerts'))!;
    const subject = { db, store, projection: alertsProjection, name: 'alerts', suffix: '' };
    more = (await advance(subject, from, { limit: limits(), tick: true })).more;
  }
}

/** As the oracle tells alerts. */
async function shownBy(db: ViewDatabase) {
  const alerts = await db.selectFrom('alerts').selectAll().orderBy('opened_position').execute();
  const held = await db.selectFrom('alert_suspicions').selectAll().orderBy('position').execute();
  const reasons = await db.selectFrom('alert_reasons').selectAll().execute();
  return alerts.map((row) => {
    const own = reasons.filter(({ alert_id }) => alert_id === row.alert_id);
    expect(own.map(({ reason }) => reason).toSorted()).toEqual(JSON.parse(row.reasons).toSorted());
    expect(own.every(({ score }) => score === row.score)).toBe(true);
    const holds = held.filter(({ alert_id }) => alert_id === row.alert_id);
    return {
      alertId: row.alert_id,
      openedAt: row.opened_position,
      state: row.state,
      count: row.suspicions,
      holds: holds.map(({ suspicion_id, held_back }) => [suspicion_id, held_back === 1]),
      score: row.score,
      decision: row.decision,
      reasons: JSON.parse(row.reasons).toSorted(),
      oldestMs: row.oldest_ms,
      newestMs: row.newest_ms,
    };
  });
}

const histories = fc.array(fc.oneof({ weight: 4, arbitrary: toGather }, { weight: 2, arbitrary: work }), {
  minLength: 5,
  maxLength: 60,
});

function gathering(under: ViewsUnderTest): void {
  test('hold what a naive reading of the facts says, however they are batched, and rebuilt the same', async () => {
    const limit = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(histories, fc.array(limit, { minLength: 1, maxLength: 5 }), async (all, limits) => {
        const { store, happen } = historyWriter();
        for (const what of all) await happen(what as Happening);
        const expected = naiveAlerts(store.facts);
        const db = await under.views();
        let step = 0;
        await catchUp(db, store, () => limits[step++ % limits.length]!);
        const live = await shownBy(db);
        expect(live).toEqual(expected);
        await rebuild(db, store, alertsProjection, { batchSize: 1_000 });
        expect(await shownBy(db)).toEqual(expected);
        await under.close();
      }),
      { numRuns: under.tries * 2 },
    );
  });

  test('are gathered, held back and divided often enough by the histories that are tried', async () => {
    const met = { gathered: 0, heldBack: 0, divided: 0 };
    for (const all of fc.sample(histories, { numRuns: 100, seed: 1 })) {
      const { store, happen } = historyWriter();
      for (const what of all) await happen(what as Happening);
      for (const { holds, openedAt } of naiveAlerts(store.facts)) {
        met.gathered += holds.length - 1;
        met.heldBack += holds.filter(([, isHeldBack]) => isHeldBack).length;
        if (store.facts[openedAt - 1]!.type !== 'FraudSuspected') met.divided++;
      }
    }
    expect(Math.min(met.gathered, met.heldBack, met.divided)).toBeGreaterThan(5);
  });

  const suspicion = (minute: number, more: object = {}): Happening => ({
    kind: 'suspicion',
    account: 0,
    score: 55,
    reasons: ['VELOCITY'],
    minute,
    gathers: { group: 60, coolDown: null },
    ...more,
  });
  const close = (alert: number, suspicions: number[]): Happening => ({
    kind: 'work',
    alert,
    command: {
      type: 'close',
      by: 'ana',
      at: '2026-03-01T12:00:00.000Z',
      disposition: 'genuine',
      text: null,
      suspicions,
    },
  });
  async function shown(...happenings: Happening[]) {
    const { store, happen } = historyWriter();
    for (const what of happenings) await happen(what);
    const db = await under.views();
    await catchUp(db, store, () => 100);
    return (await shownBy(db)).map(({ alertId, state, holds }) => [alertId, state, holds.map(([id]) => id)]);
  }

  test('gather within the time of the newest, exactly', async () => {
    expect(await shown(suspicion(0), suspicion(59), suspicion(118), suspicion(178))).toEqual([
      ['alert-0', 'open', ['alert-0', 'alert-1', 'alert-2']],
      ['alert-3', 'open', ['alert-3']],
    ]);
  });

  test('hold 500 at most, then another is opened', async () => {
    const alerts = await shown(...Array.from({ length: 502 }, () => suspicion(0)));
    expect(alerts.map(([id, , holds]) => [id, holds!.length])).toEqual([
      ['alert-0', 500],
      ['alert-500', 2],
    ]);
  });

  test('what an analyst had not seen when closing goes on as an alert of its own', async () => {
    const seen = [suspicion(0), suspicion(1), suspicion(2), suspicion(3), close(0, [0, 1]), suspicion(4)];
    expect(await shown(...seen)).toEqual([
      ['alert-0', 'closed', ['alert-0', 'alert-1']],
      ['alert-2', 'open', ['alert-2', 'alert-3', 'alert-4']],
    ]);
  });

  test('a cool-down holds back behind a closed alert, no longer than it says, and nothing that is worse', async () => {
    const quiet = { gathers: { group: null, coolDown: 30 } };
    expect(
      await shown(
        suspicion(0, quiet),
        close(0, [0]),
        suspicion(20, quiet),
        suspicion(29, quiet),
        suspicion(30, quiet),
        suspicion(31, { ...quiet, score: 80 }),
        suspicion(32, { ...quiet, reasons: ['VELOCITY', 'NEW_DEVICE'] }),
      ),
    ).toEqual([
      ['alert-0', 'closed', ['alert-0', 'alert-1', 'alert-2']],
      ['alert-3', 'open', ['alert-3']],
      ['alert-4', 'open', ['alert-4']],
      ['alert-5', 'open', ['alert-5']],
    ]);
  });
}
