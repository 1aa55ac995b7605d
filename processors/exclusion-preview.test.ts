import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountStream } from '../domain/facts.ts';
import { ExclusionPreviews } from './exclusion-preview.ts';
import { draft, excluded, newer, readmitted } from './test-support/facts.ts';
import { happenings, type Written, written } from './test-support/history.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { naiveDecisions } from './test-support/naive-decisions.ts';
import { compileWindows as compile, WINDOW_RULES } from './test-support/window-rules.ts';
import { World } from './test-support/world.ts';

function storeOf(history: readonly Written[]): MemoryEventStore {
  const store = new MemoryEventStore();
  for (const { stream, fact } of history) store.appendAny(stream, [fact]);
  return store;
}

/** What the rules say of each later transaction of the account, by revision. */
function later(history: readonly Written[], accountId: string, revision: number): Map<number, string> {
  const decisions = naiveDecisions(history, WINDOW_RULES, compile).filter(
    (decision) => decision.accountId === accountId && decision.revision > revision,
  );
  return new Map(
    decisions.map(({ revision: at, score, decision, reasons }) => [
      at,
      JSON.stringify([score, decision, reasons]),
    ]),
  );
}

test('tells which later decisions would be otherwise, as the plain fold without the fact makes them', async () => {
  let differed = 0;
  await fc.assert(
    fc.asyncProperty(happenings(WINDOW_RULES.length), fc.nat(60), async (events, pick) => {
      const history = written([{ kind: 'activate', ruleSet: 0 }, ...events], WINDOW_RULES);
      const store = storeOf(history);
      const payments = store.facts.filter(({ type }) => type === 'TransactionSubmitted');
      fc.pre(payments.length > 0);
      const { stream, revision, position } = payments[pick % payments.length]!;
      const accountId = stream.slice('account-'.length);
      const without = history.with(position - 1, { stream, fact: draft('AlertNoted', {}) });
      const [is, wouldBe] = [later(history, accountId, revision), later(without, accountId, revision)];
      const changed = [...is].filter(([at, said]) => wouldBe.get(at) !== said).map(([at]) => at);
      const preview = await new ExclusionPreviews(store, compile).preview({ accountId, revision, out: true });
      expect(preview).toMatchObject({ decisions: is.size, differ: changed.length });
      expect(preview.first.map((change) => change.is.revision)).toEqual(changed.slice(0, 5));
      differed += changed.length;
    }),
    { numRuns: 40 },
  );
  expect(differed).toBeGreaterThan(0);
});

test('of a fact that is out, tells what it would change to have it in, and looks no further than can be read', async () => {
  const world = new World();
  world.activate(WINDOW_RULES[0]!);
  const append = (fact: ReturnType<typeof draft>) => world.store.appendAny(accountStream('a'), [fact]);
  for (let i = 0; i < 3; i++) world.pay('a');
  append(excluded(0));
  world.pay('a');
  append(newer(draft('AlertNoted', {})));
  for (let i = 0; i < 3; i++) world.pay('a');
  const previews = new ExclusionPreviews(world.store, compile);
  const preview = () => previews.preview({ accountId: 'a', revision: 0, out: false });
  const changes = async () =>
    (await preview()).first.map(({ is, wouldBe }) => [is.revision, is.score, wouldBe.score]);
  expect(await preview()).toMatchObject({ decisions: 3, differ: 1, upTo: 4 });
  expect(await changes()).toEqual([[4, 0, 30]]);
  append(excluded(5, true));
  append(readmitted(0));
  world.pay('a');
  expect(await preview()).toMatchObject({ decisions: 7, upTo: 11 });
});
