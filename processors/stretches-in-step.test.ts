import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StoredFact } from '../domain/facts.ts';
import { NO_STAMPS } from '../domain/scoring/stamps.ts';
import type { StampedFact } from './batch-fold.ts';
import type { Retry } from './retry.ts';
import { StretchesInStep } from './stretches-in-step.ts';
import { draft } from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';

const STRETCH = 1_000;
const never = new AbortController().signal;
const once: Retry = (attempt) => attempt();

function storeOf(facts: number): MemoryEventStore {
  const store = new MemoryEventStore();
  for (let i = 0; i < facts; i++) store.appendAny('account-a', [draft('TransactionSubmitted', {})]);
  return store;
}

/** Notes where it is led: as what it stands for, it begins anew wherever it is led back. */
class PositionedStamper {
  position = 0;
  ledBack = 0;
  stretches = 0;
  refusesFrom = Number.POSITIVE_INFINITY;

  async stamp(after: number, facts: readonly StoredFact[]): Promise<StampedFact[]> {
    await delay(0);
    if (after < this.position) this.ledBack++;
    if (facts[0]!.position >= this.refusesFrom) throw new Error('cannot be read');
    this.position = facts.at(-1)!.position;
    this.stretches++;
    return facts.map((fact) => ({ fact, ruleSet: null, stamps: NO_STAMPS }));
  }
}

async function readAll(
  stretches: StretchesInStep,
  [after, upTo]: readonly [number, number],
  { workMs = 0, signal = never }: { workMs?: number; signal?: AbortSignal } = {},
): Promise<number[]> {
  const read: number[] = [];
  let reached = after;
  for await (const { facts, to } of stretches.read(after, upTo, once, signal)) {
    expect(to).toBeGreaterThan(reached);
    reached = to;
    read.push(...facts.map(({ fact }) => fact.position));
    await delay(workMs);
  }
  expect(reached).toBe(upTo);
  return read;
}

const from = (after: number, upTo: number) => Array.from({ length: upTo - after }, (_, i) => after + 1 + i);

describe('stretches read in step', () => {
  test('each reader gets exactly its own, whoever else reads', async () => {
    const store = storeOf(3_500);
    const range = fc
      .tuple(fc.integer({ min: 0, max: 3_499 }), fc.integer({ min: 1, max: 3_500 }))
      .map(([after, length]) => [after, Math.min(3_500, after + length)] as const);
    const reader = fc.record({
      range,
      beginsMs: fc.integer({ max: 4, min: 0 }),
      workMs: fc.integer({ max: 3, min: 0 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(reader, { minLength: 1, maxLength: 5 }), async (readers) => {
        const stretches = new StretchesInStep(store, new PositionedStamper());
        const read = readers.map(async ({ range, beginsMs, workMs }) => {
          await delay(beginsMs);
          expect(await readAll(stretches, range, { workMs })).toEqual(from(...range));
        });
        await Promise.all(read);
      }),
      { numRuns: 40 },
    );
  });

  test('those that begin at the same time never lead the stamper back, and cost one scan', async () => {
    const stamper = new PositionedStamper();
    const stretches = new StretchesInStep(storeOf(10_000), stamper);
    const ranges = [
      [100, 9_000],
      [3_300, 10_000],
      [700, 8_100],
      [0, 10_000],
    ] as const;
    await Promise.all(ranges.map((range, i) => readAll(stretches, range, { workMs: i })));
    // The first to ask is served before the others are heard of.
    expect(stamper.ledBack).toBeLessThanOrEqual(1);
    expect(stamper.stretches).toBeLessThanOrEqual(10_000 / STRETCH + 2);
  });

  test('one that comes later from further back leads it back once', async () => {
    const stamper = new PositionedStamper();
    const stretches = new StretchesInStep(storeOf(10_000), stamper);
    const first = readAll(stretches, [2_000, 10_000], { workMs: 2 });
    await delay(10);
    await Promise.all([first, readAll(stretches, [0, 10_000], { workMs: 5 })]);
    expect(stamper.ledBack).toBe(1);
  });
});

describe('a reader that leaves', () => {
  test('one that meets what cannot be read fails alone; those before it go on', async () => {
    const stamper = new PositionedStamper();
    stamper.refusesFrom = 4_001;
    const stretches = new StretchesInStep(storeOf(6_000), stamper);
    const [before, beyond] = await Promise.allSettled([
      readAll(stretches, [0, 4_000]),
      readAll(stretches, [3_000, 6_000]),
    ]);
    expect(before).toMatchObject({ status: 'fulfilled', value: from(0, 4_000) });
    expect(beyond).toMatchObject({ status: 'rejected', reason: new Error('cannot be read') });
  });

  test('one that is stopped while it waits for another leaves at once, and holds up nobody', async () => {
    const stretches = new StretchesInStep(storeOf(5_000), new PositionedStamper());
    const stopping = new AbortController();
    const slow = readAll(stretches, [0, 5_000], { workMs: 20 });
    const ahead = readAll(stretches, [4_500, 5_000], { signal: stopping.signal });
    await delay(5);
    stopping.abort(new Error('stopped'));
    const begun = performance.now();
    await expect(ahead).rejects.toThrow('stopped');
    expect(performance.now() - begun).toBeLessThan(20);
    expect(await slow).toEqual(from(0, 5_000));
  });

  test('one that leaves in the middle of its work is not waited for', async () => {
    const stretches = new StretchesInStep(storeOf(3_000), new PositionedStamper());
    const leaving = (async () => {
      for await (const _ of stretches.read(0, 3_000, once, never)) return;
    })();
    const other = readAll(stretches, [500, 3_000]);
    await leaving;
    expect(await other).toEqual(from(500, 3_000));
  });
});
