import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advance, commitChange, type FactSource } from './advance.ts';
import { PROJECTIONS } from './all.ts';
import { compareAndSet, openProjection, readCheckpoint, type ViewCheckpoint } from './checkpoint.ts';
import type { Projection, ViewDatabase } from './projection.ts';
import { type Happening, happening, historyWriter } from './testing/histories.ts';
import type { ViewsUnderTest } from './testing/views-under-test.ts';

/** What a view shows whatever befell its facts, on whichever database. */
export function deliveryContract(under: ViewsUnderTest): void {
  afterEach(() => under.close());
  describe('a view, however its facts were delivered', () => delivering(under));
  describe('breaking the mechanism breaks the view', () => breaking(under));
}

/** What befalls one step of a projection. */
type Fate =
  | { kind: 'step'; limit: number }
  /** The process dies before the transaction ends, after some of its statements. */
  | { kind: 'crash'; limit: number; afterWrites: number }
  /** The store gives facts that were applied before, and then the next ones. */
  | { kind: 'repeat'; limit: number; back: number }
  /** A process that was stopped for long goes on from where it stood. */
  | { kind: 'zombie'; limit: number };

const limit = fc.integer({ min: 1, max: 6 });
const fate: fc.Arbitrary<Fate> = fc.oneof(
  limit.map((n) => ({ kind: 'step' as const, limit: n })),
  fc.record({ kind: fc.constant('crash' as const), limit, afterWrites: fc.nat(4) }),
  fc.record({ kind: fc.constant('repeat' as const), limit, back: fc.integer({ min: 1, max: 8 }) }),
  limit.map((n) => ({ kind: 'zombie' as const, limit: n })),
);
const histories = fc.array(happening, { minLength: 5, maxLength: 40 });
const fates = fc.array(fate, { maxLength: 25 });

type Commit = typeof commitChange;

class Crash extends Error {}

/** There was nothing to write, or it died on the way. */
async function died(step: Promise<unknown>): Promise<void> {
  await step.catch((error) => {
    if (!(error instanceof Crash)) throw error;
  });
}

/** Runs one projection through its fates, and then to the end of the store. */
async function suffer(
  db: ViewDatabase,
  store: FactSource,
  projection: Projection,
  allFates: readonly Fate[],
  commit: Commit,
): Promise<void> {
  const subject = { db, store, projection, name: projection.name, suffix: '' };
  let checkpoint: ViewCheckpoint | undefined = await openProjection(db, projection);
  const stale: ViewCheckpoint[] = [checkpoint];

  for (const befalls of allFates) {
    checkpoint ??= (await readCheckpoint(db, projection.name))!;
    const options = { limit: befalls.limit, tick: true, commit };
    switch (befalls.kind) {
      case 'step':
        checkpoint = (await advance(subject, checkpoint, options)).checkpoint;
        break;
      case 'repeat':
        checkpoint = (
          await advance({ ...subject, store: repeating(store, befalls.back) }, checkpoint, options)
        ).checkpoint;
        break;
      case 'crash':
        await died(
          advance(subject, checkpoint, { ...options, commit: crashing(commit, befalls.afterWrites) }),
        );
        checkpoint = undefined;
        break;
      case 'zombie':
        await advance(subject, stale[stale.length >> 1]!, options);
    }
    if (checkpoint !== undefined) stale.push(checkpoint);
  }
  for (let more = true; more; ) {
    checkpoint ??= (await readCheckpoint(db, projection.name))!;
    const step = await advance(subject, checkpoint, { limit: 7, tick: true, commit });
    checkpoint = step.checkpoint;
    more = step.more || checkpoint === undefined;
  }
}

function repeating(store: FactSource, back: number): FactSource {
  return {
    ...store,
    readOthers: (after, count) => store.readOthers(Math.max(0, after - back), count + back),
  };
}

/** Dies inside the transaction: what was written up to then must vanish with it. */
function crashing(commit: Commit, afterWrites: number): Commit {
  return (db, change) => {
    const writes = change.writes.slice(0, afterWrites);
    const crash = {
      compile() {
        throw new Crash();
      },
    };
    return commit(db, { ...change, writes: [...writes, crash] });
  };
}

async function outcome(
  under: ViewsUnderTest,
  happenings: readonly Happening[],
  fatesOf: readonly Fate[],
  commit: Commit = commitChange,
): Promise<{ clean: string[]; suffered: string[] }> {
  const { store, happen } = historyWriter();
  for (const what of happenings) await happen(what);
  const clean = await under.views();
  const harmed = await under.views();
  for (const projection of PROJECTIONS) {
    await suffer(clean, store, projection, [], commitChange);
    await suffer(harmed, store, projection, fatesOf, commit);
  }
  const dumps = { clean: await under.dumpOf(clean), suffered: await under.dumpOf(harmed) };
  await under.close();
  return dumps;
}

function delivering(under: ViewsUnderTest): void {
  test('equals that of one clean run: any batches, repeats, crashes and zombies', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fates, async (happenings, allFates) => {
        const { clean, suffered } = await outcome(under, happenings, allFates);
        expect(suffered).toEqual(clean);
      }),
      { numRuns: under.tries },
    );
  });

  test('shows what happened at all', async () => {
    const { clean } = await outcome(
      under,
      [
        { kind: 'suspicion', account: 1, score: 70, reasons: ['VELOCITY'] },
        { kind: 'work', alert: 0, command: { type: 'claim', by: 'ana', at: '2026-03-01T12:00:00Z' } },
        { kind: 'publish', name: 'cards' },
        { kind: 'activate', name: 'cards', version: 1 },
        { kind: 'rates' },
        { kind: 'define', list: 'shops', description: null },
        { kind: 'list', list: 'shops', add: [{ value: 'a', expiresAt: null }], remove: [] },
      ],
      [],
    );
    const tables = clean.map((line) => JSON.parse(line).table);
    expect(new Set(tables).size).toBe(10);
    expect(JSON.parse(clean[0]!)).toMatchObject({
      table: 'alerts',
      alert_id: 'alert-0',
      state: 'claimed',
      assignee: 'ana',
    });
  });
}

function breaking(under: ViewsUnderTest): void {
  /** Looks for a history in which the broken commit does harm. */
  async function harmOf(commit: Commit): Promise<boolean> {
    const result = await fc.check(
      fc.asyncProperty(histories, fates, async (happenings, allFates) => {
        const { clean, suffered } = await outcome(under, happenings, allFates, commit);
        expect(suffered).toEqual(clean);
      }),
      { numRuns: under.tries, endOnFailure: true },
    );
    return result.failed;
  }

  test('a checkpoint that is set without being compared lets a zombie write', async () => {
    const withoutComparing: Commit = (db, { name, to, writes }) =>
      db.transaction().execute(async (transaction) => {
        const { position, eventId: event_id } = to;
        await transaction
          .updateTable('projection_checkpoints')
          .set({ position, event_id })
          .where('projection', '=', name)
          .execute();
        for (const write of writes) await transaction.executeQuery(write);
        return true;
      });
    expect(await harmOf(withoutComparing)).toBe(true);
  });

  test('a checkpoint that is durable before the rows loses rows in a crash', async () => {
    const checkpointFirst: Commit = async (db, { name, from, to, writes }) => {
      if (!(await compareAndSet(db, name, from, to))) return false;
      await db.transaction().execute(async (transaction) => {
        for (const write of writes) await transaction.executeQuery(write);
      });
      return true;
    };
    expect(await harmOf(checkpointFirst)).toBe(true);
  });

  test('rows that are durable before the checkpoint are written twice after a crash', async () => {
    const rowsFirst: Commit = async (db, { name, from, to, writes }) => {
      for (const write of writes) await db.executeQuery(write);
      return compareAndSet(db, name, from, to);
    };
    expect(await harmOf(rowsFirst)).toBe(true);
  });
}
