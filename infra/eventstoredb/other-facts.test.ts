import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountStream, NO_STREAM } from '../../domain/facts.ts';
import { startEventStore } from '../engines/event-store-server.ts';
import { noteDraft } from '../event-store/submission-fixture.ts';
import { openEventStoreDb } from './event-store-db.ts';

const engine = await startEventStore({ systemEventEvery: 9 });
const store = openEventStoreDb(engine.url);
afterAll(async () => {
  await store.close();
  await engine.stop();
});

let streams = 0;

type Step =
  | { kind: 'append'; transactions: number; others: number }
  | { kind: 'read'; reader: number; limit: number }
  | { kind: 'restart' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      transactions: fc.nat(40),
      others: fc.nat(3),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      reader: fc.nat(2),
      limit: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

async function append(transactions: number, others: number): Promise<void> {
  const drafts = [
    ...Array.from({ length: transactions }, () => noteDraft('TransactionSubmitted')),
    ...Array.from({ length: others }, () => noteDraft('TransactionLabelled')),
  ];
  if (drafts.length > 0) await store.append(accountStream(`others-${streams++}`), NO_STREAM, drafts);
}

test('readers that come again and again get every fact that is no transaction, once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 30 }), async (plan) => {
      const begin = await store.head();
      const readers = [0, 1, 2].map(() => ({ at: begin, read: [] as string[] }));
      for (const step of plan) {
        if (step.kind === 'append') await append(step.transactions, step.others);
        else if (step.kind === 'restart') await engine.restart();
        else await readOn(readers[step.reader]!, step.limit);
      }
      const all = await store.readAll(begin, 100_000);
      const expected = all
        .filter(({ type }) => type !== 'TransactionSubmitted')
        .map(({ eventId }) => eventId);
      for (const reader of readers) {
        while ((await readOn(reader, 7)) > 0);
        expect(reader.read).toEqual(expected);
      }
    }),
    { numRuns: 8 },
  );
}, 60_000);

test('many who read at once, from different places, each get all that lies behind theirs', async () => {
  const begin = await store.head();
  for (let i = 0; i < 30; i++) await append(30, 2);
  const all = await store.readAll(begin, 100_000);
  const others = all.filter(({ type }) => type !== 'TransactionSubmitted');
  const fresh = openEventStoreDb(engine.url);
  // Whoever begins early is waited for by those who begin later.
  const places = [begin, ...[700, 20, 300, 300, 899, 500].map((i) => all[i]!.position), begin];
  const reads = places.map((after) => fresh.readOthers(after, 1_000));
  await append(0, 1);
  for (const [i, facts] of (await Promise.all(reads)).entries()) {
    const expected = others.filter(({ position }) => position > places[i]!);
    // What was stored meanwhile may be there already.
    expect(facts.slice(0, expected.length)).toEqual(expected);
    expect(facts.length - expected.length).toBeLessThanOrEqual(1);
  }
  const again = await Promise.all(places.map((after) => fresh.readOthers(after, 10)));
  for (const [i, facts] of again.entries()) {
    expect(facts).toEqual((await store.readOthers(places[i]!, 1_000)).slice(0, 10));
  }
  await fresh.close();
}, 30_000);

async function readOn(reader: { at: number; read: string[] }, limit: number): Promise<number> {
  const facts = await store.readOthers(reader.at, limit);
  expect(facts.length).toBeLessThanOrEqual(limit);
  reader.read.push(...facts.map(({ eventId }) => eventId));
  reader.at = facts.at(-1)?.position ?? reader.at;
  return facts.length;
}
