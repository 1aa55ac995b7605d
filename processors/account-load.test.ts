import { describe, expect, test } from '@jest/globals';
import { transactionSubmitted } from '../domain/facts.ts';
import type { Snapshot } from '../domain/ports.ts';
import { type AccountSource, loadAccount, loadFullAccount, type StreamReader } from './account-load.ts';
import { Exclusions } from './exclusions.ts';
import { excluded, submitted } from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { compileWindows, WINDOW_RULES } from './test-support/window-rules.ts';

const plan = compileWindows(WINDOW_RULES[0]!, { name: 'strict', version: 1 });
const otherPlan = compileWindows(WINDOW_RULES[2]!, { name: 'short', version: 1 });
const FACTS = 2_500;

const store = new MemoryEventStore();
for (let i = 0; i < FACTS; i++) {
  const occurredAt = new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString();
  store.appendAny('account-a', [submitted({ accountId: 'a', transactionId: `${i}`, occurredAt })]);
}

const from = (reader: StreamReader): AccountSource => ({ store: reader, exclusions: new Exclusions() });

/** The decision of the fact after revision `upTo`, by a state folded from the start without a break. */
function nextDecision(upTo: number, state = plan.open()) {
  for (const fact of store.facts.slice(state.revision + 1, upTo + 1)) {
    plan.apply(state, transactionSubmitted(fact), fact.revision, fact.position);
  }
  const next = store.facts[upTo + 1]!;
  return plan.apply(state, transactionSubmitted(next), next.revision, next.position);
}

async function snapshotAt(revision: number): Promise<Snapshot> {
  const { state } = await loadAccount(from(store), plan, 'a', revision);
  const { eventId } = store.facts[revision]!;
  return { accountId: 'a', revision, eventId, planHash: plan.hash, bytes: plan.encode(state) };
}

describe('an account is loaded', () => {
  test('from the start of its stream, in pieces', async () => {
    const loaded = await loadAccount(from(store), plan, 'a', 2_100);
    expect(loaded).toMatchObject({ eventId: store.facts[2_100]!.eventId, snapshotRevision: -1 });
    expect(nextDecision(2_100, loaded.state)).toEqual(nextDecision(2_100));
  });

  test('from a snapshot and what came after it only', async () => {
    const snapshot = await snapshotAt(1_900);
    let read = 0;
    const counting = {
      readStream: async (stream: string, from: number, limit: number) => {
        const facts = await store.readStream(stream, from, limit);
        read += facts.length;
        return facts;
      },
    };
    const loaded = await loadAccount(from(counting), plan, 'a', 2_100, snapshot);
    expect(loaded.snapshotRevision).toBe(1_900);
    expect(read).toBe(201);
    expect(nextDecision(2_100, loaded.state)).toEqual(nextDecision(2_100));
  });

  test('as of the end of its stream', async () => {
    const loaded = await loadAccount(from(store), plan, 'a', Infinity);
    expect(loaded.state.revision).toBe(FACTS - 1);
    expect((await loadAccount(from(store), plan, 'unknown', Infinity)).state.revision).toBe(-1);
  });

  test('with every event kept', async () => {
    const state = await loadFullAccount(from(store), plan, 'a', 2_100);
    expect(state.eventsHeld).toBe(2_101);
  });
});

describe('a snapshot that does not serve costs time only', () => {
  const spoilt: [string, (snapshot: Snapshot) => Snapshot][] = [
    ['damaged', (snapshot) => ({ ...snapshot, bytes: snapshot.bytes.slice(0, 40) })],
    ['empty', (snapshot) => ({ ...snapshot, bytes: new Uint8Array() })],
    [
      'of another revision than it says',
      (snapshot) => ({ ...snapshot, revision: 1_899, eventId: store.facts[1_899]!.eventId }),
    ],
    ['of another history', (snapshot) => ({ ...snapshot, eventId: 'another' })],
    ['of another plan', (snapshot) => ({ ...snapshot, planHash: otherPlan.hash })],
    [
      'of another plan, mislabeled',
      (snapshot) => ({ ...snapshot, bytes: otherPlan.encode(otherPlan.open()) }),
    ],
  ];

  test.each(spoilt)('%s', async (_, spoil) => {
    const loaded = await loadAccount(from(store), plan, 'a', 2_100, spoil(await snapshotAt(1_900)));
    expect(loaded.snapshotRevision).toBe(-1);
    expect(nextDecision(2_100, loaded.state)).toEqual(nextDecision(2_100));
  });

  test('past what is asked for', async () => {
    const loaded = await loadAccount(from(store), plan, 'a', 1_899, await snapshotAt(1_900));
    expect(loaded).toMatchObject({ snapshotRevision: -1, state: { revision: 1_899 } });
  });

  test('past the end of a store that was restored', async () => {
    const loaded = await loadAccount(
      from(store.restoredAt(1_000)),
      plan,
      'a',
      Infinity,
      await snapshotAt(1_900),
    );
    expect(loaded).toMatchObject({ snapshotRevision: -1, state: { revision: 999 } });
  });
});

test('a snapshot from before an exclusion does not serve, whether or not the exclusion was known', async () => {
  const longer = store.restoredAt(FACTS);
  const { revision } = longer.appendAny('account-a', [excluded(FACTS - 5)]);
  const source = from(longer);
  const snapshot = await snapshotAt(FACTS - 2);
  const all = await loadAccount(from(store), plan, 'a', FACTS - 1);
  for (let known = 0; known < 2; known++) {
    const loaded = await loadAccount(source, plan, 'a', revision, snapshot);
    expect(loaded).toMatchObject({ snapshotRevision: -1, state: { revision } });
    expect(loaded.state.live()).not.toEqual(all.state.live());
  }
});
