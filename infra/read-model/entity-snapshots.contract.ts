import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EntitySnapshot, EntitySnapshots } from '../../domain/ports.ts';

export interface EntitySnapshotsUnderTest {
  snapshots: EntitySnapshots;
  close(): Promise<void>;
}

/** What every keeper of entity snapshots promises. */
export function entitySnapshotsContract(open: () => Promise<EntitySnapshotsUnderTest>): void {
  let under: EntitySnapshotsUnderTest;
  let snapshots: EntitySnapshots;
  beforeEach(async () => {
    under = await open();
    snapshots = under.snapshots;
  });
  afterEach(() => under.close());

  const of = (run: string, position: number, planHash = 'plan', pages = 2): EntitySnapshot => {
    return { run, planHash, position, eventId: `event ${position}`, pages };
  };
  const bytesOf = (run: string, page: number) => new TextEncoder().encode(`${run}\0${page}`);
  async function written(snapshot: EntitySnapshot): Promise<void> {
    for (let page = 0; page < snapshot.pages; page++) {
      await snapshots.writePage(snapshot.run, page, bytesOf(snapshot.run, page));
    }
    await snapshots.finish(snapshot);
  }

  test('gives the newest whole one of a plan at or before a position, as it was written', async () => {
    await written(of('a', 10));
    await written(of('b', 20));
    await written(of('c', 15, 'other plan'));
    expect(await snapshots.newest('plan', 9)).toBeUndefined();
    expect(await snapshots.newest('plan', 10)).toEqual(of('a', 10));
    expect(await snapshots.newest('plan', 1_000)).toEqual(of('b', 20));
    expect(await snapshots.newest('no plan', 1_000)).toBeUndefined();
    expect(Buffer.from((await snapshots.readPage('b', 1))!)).toEqual(Buffer.from(bytesOf('b', 1)));
    expect(await snapshots.readPage('b', 2)).toBeUndefined();
  });

  test('one that was begun and never finished, or whose pages are not all there, is none', async () => {
    await snapshots.writePage('begun', 0, bytesOf('begun', 0));
    expect(await snapshots.newest('plan', 1_000)).toBeUndefined();
    await snapshots.finish(of('begun', 5));
    expect(await snapshots.newest('plan', 1_000)).toBeUndefined();
  });

  test('two that are written at once do not mix', async () => {
    const [one, other] = [of('one', 10), of('other', 10)];
    for (const page of [0, 1]) {
      for (const { run } of [one, other]) await snapshots.writePage(run, page, bytesOf(run, page));
    }
    await Promise.all([snapshots.finish(one), snapshots.finish(other)]);
    const { run } = (await snapshots.newest('plan', 10))!;
    expect(Buffer.from((await snapshots.readPage(run, 1))!)).toEqual(Buffer.from(bytesOf(run, 1)));
  });

  test('keeps the newest two of a plan, and of few plans', async () => {
    for (const position of [10, 20, 30]) await written(of(`at ${position}`, position));
    expect(await snapshots.newest('plan', 19)).toBeUndefined();
    expect((await snapshots.newest('plan', 29))?.position).toBe(20);
    expect(await snapshots.readPage('at 10', 0)).toBeUndefined();
    for (const plan of ['p1', 'p2', 'p3', 'p4']) await written(of(plan, 40, plan));
    expect(await snapshots.newest('plan', 1_000)).toBeUndefined();
    expect((await snapshots.newest('p1', 1_000))?.position).toBe(40);
  });
}
