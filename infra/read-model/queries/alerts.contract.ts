import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AlertFilter, AlertView, Order } from '../../../api/services.ts';
import { advance } from '../../../projections/advance.ts';
import { alertsProjection } from '../../../projections/alerts.ts';
import { openProjection, readCheckpoint } from '../../../projections/checkpoint.ts';
import type { ViewDatabase } from '../../../projections/projection.ts';
import { type Happening, happening, historyWriter } from '../../../projections/testing/histories.ts';
import type { ViewsUnderTest } from '../../../projections/testing/views-under-test.ts';
import { alertQueries } from './alerts.ts';

/** What the questions about alerts are answered with, on whichever database. */
export function alertQueriesContract(under: ViewsUnderTest): void {
  afterEach(() => under.close());
  describe('one alert', () => oneAlert(under));
  describe('the list of alerts', () => listing(under));
}

type Store = ReturnType<typeof historyWriter>['store'];

async function catchUp(db: ViewDatabase, store: Store): Promise<void> {
  await openProjection(db, alertsProjection);
  for (let more = true; more; ) {
    const from = (await readCheckpoint(db, 'alerts'))!;
    const subject = { db, store, projection: alertsProjection, name: 'alerts', suffix: '' };
    more = (await advance(subject, from, { limit: 50, tick: true })).more;
  }
}

async function viewOf(under: ViewsUnderTest, happenings: readonly Happening[]) {
  const writer = historyWriter();
  for (const what of happenings) await writer.happen(what);
  const db = await under.views();
  await catchUp(db, writer.store);
  return { ...writer, db, queries: alertQueries(db) };
}

const suspicion: Extract<Happening, { kind: 'suspicion' }> = {
  kind: 'suspicion',
  account: 1,
  score: 70,
  reasons: ['VELOCITY', 'AMOUNT'],
};
const at = '2026-03-01T12:00:00.000Z';
const occurredMs = Date.parse(at);

async function everyPage(
  query: ReturnType<typeof alertQueries>,
  filter: AlertFilter,
  order: Order,
  limit: number,
  between: () => Promise<void> = async () => undefined,
): Promise<AlertView[]> {
  const seen: AlertView[] = [];
  for (;;) {
    const { value } = await query.alerts(filter, { order, after: seen.at(-1)?.position ?? null, limit });
    seen.push(...value);
    if (value.length < limit) return seen;
    await between();
  }
}

function oneAlert(under: ViewsUnderTest): void {
  test('shows what raised it and what analysts did', async () => {
    const work = (command: object) => ({
      kind: 'work' as const,
      alert: 0,
      command: { at, ...command } as never,
    });
    const { queries, store } = await viewOf(under, [
      suspicion,
      work({ type: 'claim', by: 'ana' }),
      work({ type: 'note', by: 'ben', text: 'seen before' }),
      work({ type: 'close', by: 'ana', disposition: 'fraud', text: 'card stolen' }),
    ]);
    const suspected = JSON.parse(store.facts[0]!.data);
    expect(await queries.alert('alert-0')).toEqual({
      asOf: 4,
      value: {
        suspected,
        suspicionCount: 1,
        lastOccurredAt: at,
        suspicions: [{ suspected, isHeldBack: false }],
        position: 1,
        revision: 3,
        state: 'closed',
        assignee: 'ana',
        disposition: 'fraud',
        history: [
          { what: 'claimed', by: 'ana', at, text: null },
          { what: 'noted', by: 'ben', at, text: 'seen before' },
          { what: 'closed', by: 'ana', at, text: 'card stolen' },
        ],
      },
    });
  });

  test('shows what it gathered, also to who asks by the id of that', async () => {
    const gathers = { group: 60, coolDown: null };
    const { queries, store, happen, db } = await viewOf(under, [
      { ...suspicion, gathers, score: 55 },
      { ...suspicion, gathers, minute: 30, reasons: ['AMOUNT', 'NEW_DEVICE'] },
      { ...suspicion, gathers, minute: 200 },
    ]);
    const facts = store.facts.map(({ data }) => JSON.parse(data));
    const { grouping: _, ...opening } = facts[0];
    const { value } = await queries.alert('alert-0');
    expect(value).toMatchObject({
      suspected: {
        ...opening,
        score: 70,
        decision: 'decline',
        reasons: ['VELOCITY', 'AMOUNT', 'NEW_DEVICE'],
      },
      suspicionCount: 2,
      lastOccurredAt: '2026-03-01T12:30:00.000Z',
      suspicions: [
        { suspected: facts[0], isHeldBack: false },
        { suspected: facts[1], isHeldBack: false },
      ],
    });
    expect((await queries.alert('alert-1')).value).toEqual(value);
    expect(await Promise.all(['alert-0', 'alert-1', 'alert-2', 'x'].map(queries.holderOf))).toEqual([
      'alert-0',
      'alert-0',
      'alert-2',
      undefined,
    ]);
    const ids = ['alert-0', 'alert-1', 'alert-2'];
    expect([...(await queries.gatheredIn(ids))]).toEqual([['alert-1', 'alert-0']]);

    await happen({
      kind: 'work',
      alert: 0,
      command: { type: 'close', by: 'ana', at, disposition: 'genuine', text: null, suspicions: [0] },
    });
    await catchUp(db, store);
    expect([...(await queries.openedAt([4]))]).toEqual([[4, 'alert-1']]);
    expect((await queries.alert('alert-1')).value).toMatchObject({
      suspected: { alertId: 'alert-1', reasons: facts[1].reasons, score: 70 },
      position: 4,
      state: 'open',
      suspicionCount: 1,
    });
    const { value: closed } = await queries.alert('alert-0');
    expect(closed).toMatchObject({ state: 'closed', suspicionCount: 1, suspected: { score: 55 } });
  });

  test('that is not there is undefined', async () => {
    const { queries } = await viewOf(under, [suspicion]);
    expect(await queries.alert('alert-9')).toEqual({ asOf: 1, value: undefined });
  });
}

const filters: fc.Arbitrary<AlertFilter> = fc.record(
  {
    state: fc.constantFrom('open', 'claimed', 'closed'),
    decision: fc.constantFrom('review', 'decline'),
    minScore: fc.integer({ min: 20, max: 110 }),
    accountId: fc.constantFrom('acct-0', 'acct-1', 'acct-9'),
    reason: fc.constantFrom('VELOCITY', 'AMOUNT', 'NONE'),
    assignee: fc.constantFrom('ana', 'ben'),
    fromMs: fc.constantFrom(occurredMs, occurredMs + 1),
    toMs: fc.constantFrom(occurredMs, occurredMs + 1),
  },
  { requiredKeys: [] },
);

/** What the filter says, word by word. */
function isMeant({ suspected, state, assignee }: AlertView, filter: AlertFilter): boolean {
  const occurred = Date.parse(suspected.occurredAt);
  if (filter.state !== undefined && state !== filter.state) return false;
  if (filter.decision !== undefined && suspected.decision !== filter.decision) return false;
  if (filter.minScore !== undefined && (suspected.score ?? -1) < filter.minScore) return false;
  if (filter.accountId !== undefined && suspected.accountId !== filter.accountId) return false;
  if (filter.reason !== undefined && !suspected.reasons.includes(filter.reason)) return false;
  if (filter.assignee !== undefined && assignee !== filter.assignee) return false;
  if (filter.fromMs !== undefined && occurred < filter.fromMs) return false;
  return filter.toMs === undefined || occurred < filter.toMs;
}

function listing(under: ViewsUnderTest): void {
  test('has what the filter says, in order, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { maxLength: 60 }),
        fc.array(filters, { maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        async (happenings, tried, limit) => {
          const { queries } = await viewOf(under, happenings);
          const { value: all } = await queries.alerts({}, { order: 'oldest', after: null, limit: 1_000 });
          expect(all.map(({ position }) => position)).toEqual(
            all.map(({ position }) => position).toSorted((a, b) => a - b),
          );
          for (const filter of tried) {
            const meant = all.filter((alert) => isMeant(alert, filter));
            expect(await everyPage(queries, filter, 'oldest', limit)).toEqual(meant);
            expect(await everyPage(queries, filter, 'newest', limit)).toEqual(meant.toReversed());
          }
          await under.close();
        },
      ),
      { numRuns: under.tries },
    );
  });

  test.each(['oldest', 'newest'] as const)(
    '%s first neither skips nor repeats while alerts arrive',
    async (order) => {
      const { queries, db, store, happen } = await viewOf(
        under,
        Array.from({ length: 30 }, () => suspicion),
      );
      let arrivals = 12;
      const arrive = async () => {
        if (arrivals-- <= 0) return;
        await happen(suspicion);
        await happen({ kind: 'transaction', account: 1 });
        await catchUp(db, store);
      };
      const positions = (await everyPage(queries, {}, order, 3, arrive)).map(({ position }) => position);
      expect(new Set(positions).size).toBe(positions.length);
      const there = Array.from({ length: 30 }, (_, i) => i + 1);
      expect(positions.filter((position) => position <= 30).toSorted((a, b) => a - b)).toEqual(there);
      expect(positions.length).toBe(order === 'oldest' ? 42 : 30);
    },
  );

  test('leaves out what lies beyond what the view has seen whole', async () => {
    const { queries, db } = await viewOf(under, [suspicion, suspicion, suspicion]);
    await db.updateTable('projection_checkpoints').set({ position: 2 }).execute();
    const { asOf, value } = await queries.alerts({}, { order: 'newest', after: null, limit: 10 });
    expect([asOf, value.map(({ position }) => position)]).toEqual([2, [2, 1]]);
  });
}
