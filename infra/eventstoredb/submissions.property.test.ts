import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountStream } from '../../domain/facts.ts';
import {
  StoreFailed,
  type SubmissionOutcome,
  type TransactionIndex,
  WrongExpectedRevision,
} from '../../domain/ports.ts';
import { startEventStore } from '../engines/event-store-server.ts';
import { payment, submissionOf } from '../event-store/submission-fixture.ts';
import type { FaultKind } from './dev-server/faults.ts';
import { type EventStoreDb, openEventStoreDb } from './event-store-db.ts';
import { submissionsTo } from './submissions.ts';
import { laggingIndex } from './testing/lagging-index.ts';

const engine = await startEventStore({ systemEventEvery: 7 });
afterAll(() => engine.stop());

/** Of a caller; each lasts as long as the adapter itself tries. */
const MAX_TRIES = 15;

let runs = 0;

interface Attempt {
  submitter: number;
  account: number;
  transaction: number;
  /** Before it is submitted. */
  pauseMs: number;
}

interface Scenario {
  attempts: Attempt[];
  faults: FaultKind[];
  rate: number;
  /** The server is killed so long after the start, and comes back. */
  killAfterMs: number | null;
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  attempts: fc.array(
    fc.record({
      submitter: fc.nat({ max: 3 }),
      account: fc.nat({ max: 1 }),
      transaction: fc.nat({ max: 11 }),
      pauseMs: fc.nat({ max: 30 }),
    }),
    { minLength: 30, maxLength: 90 },
  ),
  faults: fc.uniqueArray(
    fc.constantFrom<FaultKind>('swallow-ack', 'drop-after-commit', 'delay-ack', 'unavailable', 'not-leader'),
    { minLength: 1 },
  ),
  rate: fc.constantFrom(0, 0.1, 0.3),
  killAfterMs: fc.option(fc.nat({ max: 60 }), { nil: null, freq: 2 }),
});

interface Submitter {
  store: EventStoreDb;
  submit(accountId: string, transactionId: string): Promise<SubmissionOutcome>;
}

/** Takes from the mechanism what a control wants to see the test fail without. */
interface Sabotage {
  store?(store: EventStoreDb): EventStoreDb;
  index?(store: EventStoreDb): TransactionIndex;
}

/** As an api process has it, and its callers, who try again until they are answered. */
function openSubmitter(sabotage: Sabotage): Submitter {
  const store = openEventStoreDb(engine.url, { deadlineMs: 150, giveUpMs: 600 });
  const index = (sabotage.index ?? laggingIndex)(store);
  const submissions = submissionsTo(sabotage.store?.(store) ?? store, index);
  return {
    store,
    async submit(accountId, transactionId) {
      for (let tries = 1; ; tries++) {
        try {
          return await submissions.submit(submissionOf(payment({ accountId, transactionId })));
        } catch (error) {
          if (!(error instanceof StoreFailed) || tries === MAX_TRIES) throw error;
        }
      }
    },
  };
}

/** @throws if a transaction was lost, doubled or answered in two ways */
async function play(
  { attempts, faults, rate, killAfterMs }: Scenario,
  sabotage: Sabotage = {},
): Promise<void> {
  const run = `run${runs++}`;
  const accounts = [`${run}-a`, `${run}-b`];
  const submitters = Array.from({ length: 4 }, () => openSubmitter(sabotage));
  await engine.plan({ rate, kinds: faults, delayMs: 200 });
  const killed =
    killAfterMs === null
      ? undefined
      : new Promise((resolve) => setTimeout(resolve, killAfterMs)).then(() => engine.restart());
  const settled = await Promise.allSettled(
    attempts.map(async ({ submitter, account, transaction, pauseMs }) => {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const outcome = await submitters[submitter]!.submit(accounts[account]!, `tx-${transaction}`);
      return { name: `${accounts[account]} tx-${transaction}`, outcome };
    }),
  );
  await killed;
  await engine.plan({});
  const answers = settled.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  });
  const places = await placesOf(submitters[0]!.store, accounts);
  for (const { name, outcome } of answers) {
    expect(['accepted', 'known']).toContain(outcome.kind);
    const { revision, position } = outcome as SubmissionOutcome & { kind: 'known' };
    expect([name, revision, position]).toEqual([name, ...places.get(name)!]);
  }
  expect(places.size).toBe(new Set(answers.map(({ name }) => name)).size);
  await Promise.all(submitters.map(({ store }) => store.close()));
}

/** Revision and position of every transaction. @throws if one is there twice, or revisions are not dense */
async function placesOf(store: EventStoreDb, accounts: string[]): Promise<Map<string, [number, number]>> {
  const places = new Map<string, [number, number]>();
  for (const accountId of accounts) {
    const facts = await store.readStream(accountStream(accountId), 0, 10_000);
    expect(facts.map(({ revision }) => revision)).toEqual(facts.map((_, i) => i));
    for (const { key, revision, position } of facts) {
      if (places.has(`${accountId} ${key}`)) throw new Error(`${accountId} ${key} is there twice`);
      places.set(`${accountId} ${key}`, [revision, position]);
    }
  }
  return places;
}

/** An append that goes behind whatever is there, as one expecting "any" would. */
const appendAnywhere = (store: EventStoreDb): EventStoreDb => ({
  ...store,
  async appendMessages(stream, expected, messages) {
    try {
      return await store.appendMessages(stream, expected, messages);
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      return this.appendMessages(stream, error.actualRevision, messages);
    }
  },
});

/** Two statements of different moments: the revision is read after the transactions were looked up. */
function tornIndex(store: EventStoreDb): TransactionIndex {
  const lagging = laggingIndex(store);
  return {
    async lookUp(accountId, transactionId) {
      const { revision } = await lagging.lookUp(accountId, transactionId);
      return { seenRevision: await store.tail(accountStream(accountId)), revision };
    },
  };
}

/** A tail that is taken for empty: then only the index is asked. */
const skipTail = (store: EventStoreDb): EventStoreDb => ({
  ...store,
  async appendMessages(stream, _, messages) {
    for (;;) {
      try {
        return await store.appendMessages(stream, await store.tail(stream), messages);
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  },
});

describe('several submitters, a lagging index, lost acknowledgements, a server that is killed', () => {
  test('no transaction is lost or doubled, and every retry gets the first answer', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, (scenario) => play(scenario)),
      { numRuns: 25 },
    );
  }, 120_000);

  test.each<[string, Sabotage]>([
    ['append to whatever is there', { store: appendAnywhere }],
    ['skip the tail', { store: skipTail }],
    ['ask the index twice', { index: tornIndex }],
  ])(
    'control: submitters that %s double transactions',
    async (_, sabotage) => {
      const broken = fc.asyncProperty(scenarios, (scenario) => play(scenario, sabotage));
      const { failed, errorInstance } = await fc.check(broken, { numRuns: 25, endOnFailure: true });
      if (process.env.DBG) console.log((errorInstance as Error).message.slice(0, 300));
      expect(failed).toBe(true);
    },
    120_000,
  );
});
