import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Decision } from '../domain/decision.ts';
import type { Explanation } from '../domain/explanation.ts';
import { accountStream, type FactDraft, ruleSetStream, type StoredFact } from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { parseRuleSet } from '../domain/rules/rule-set-parse.ts';
import { MOST_CANDIDATES } from './counterfactual.ts';
import { Explanations } from './explain.ts';
import { HistoryFold } from './history-fold.ts';
import {
  activated,
  excluded,
  labelled,
  newer,
  published,
  readmitted,
  submitted,
} from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { compileWindows } from './test-support/window-rules.ts';

const parsed = (source: string): RuleSet => {
  const result = parseRuleSet(source);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.ruleSet;
};

const MIXED = parsed(`name: mixed
features:
  own: { aggregate: count, window: 3d }
  much: { aggregate: sum, of: amountBaseMinor, window: 2d, prior: true }
  shop: { aggregate: count, window: 3d, per: merchant }
  frauds: { aggregate: count, window: 9d, per: merchant, where: 'label == "fraud"' }
  phones: { aggregate: distinct, of: accountId, window: 4d, per: device }
rules:
  - { id: often, when: own >= 3, points: 30, reason: OFTEN }
  - { id: money, when: much > 25, points: 30, reason: MONEY }
  - { id: bad_shop, when: frauds > 0 and shop > 2, points: 40, reason: BAD_SHOP }
  - { id: shared, when: phones > 1, points: 20, reason: SHARED }
thresholds: { review: 30, decline: 60 }`);
const OWN = parsed(`name: own
features:
  own: { aggregate: count, window: 30d }
rules: [{ id: often, when: own >= 3, points: 50, reason: OFTEN }]
thresholds: { review: 40, decline: 80 }`);
const RULE_SETS = [MIXED, OWN];

type Happening =
  | { kind: 'pay'; account: number; merchant: number | null; hours: number; amount: number }
  | { kind: 'label'; about: number; isFraud: boolean }
  | { kind: 'exclude' | 'readmit'; about: number }
  | { kind: 'activate'; ruleSet: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      account: fc.nat(2),
      merchant: fc.option(fc.nat(1), { freq: 6 }),
      // The lateness is a day: some reach back further than what is usually kept.
      hours: fc.oneof({ weight: 5, arbitrary: fc.nat(60) }, { weight: 1, arbitrary: fc.nat(400) }),
      amount: fc.nat(20),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('label' as const), about: fc.nat(6), isFraud: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('exclude', 'readmit'), about: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('activate' as const), ruleSet: fc.nat(1) }) },
);
const history = fc.array(happening, { minLength: 1, maxLength: 40, size: 'max' });

function storeOf(happenings: readonly Happening[]): MemoryEventStore {
  const store = new MemoryEventStore();
  const append = (stream: string, fact: FactDraft) => store.appendAny(stream, [fact]);
  for (const ruleSet of RULE_SETS) append(ruleSetStream(ruleSet.name), published(ruleSet, 1));
  append(ruleSetStream('mixed'), activated('mixed', 1));
  const paid: StoredFact[] = [];
  for (const each of happenings) {
    if (each.kind === 'activate') {
      const { name } = RULE_SETS[each.ruleSet]!;
      append(ruleSetStream(name), activated(name, 1));
    } else if (each.kind === 'pay') {
      const { account, merchant, hours, amount } = each;
      const payment = submitted({
        accountId: `a${account}`,
        transactionId: `t${paid.length}`,
        occurredAt: new Date(Date.UTC(2026, 0, 1, hours)).toISOString(),
        amountMinor: amount,
        deviceId: `d${hours % 2}`,
        ...(merchant !== null && { merchantId: `m${merchant}` }),
      });
      paid.push(append(accountStream(`a${account}`), payment));
    } else {
      const about = paid.at(-1 - each.about);
      if (about === undefined) continue;
      if (each.kind === 'label') append(about.stream, labelled(about, each.isFraud ? 'fraud' : 'genuine'));
      else append(about.stream, (each.kind === 'exclude' ? excluded : readmitted)(about.revision));
    }
  }
  return store;
}

/** What production decides of a whole store. */
async function decide(store: MemoryEventStore): Promise<Decision[]> {
  const decisions: Decision[] = [];
  const folded = new HistoryFold({ store, compile: compileWindows });
  for await (const stretch of folded.read(0, store.facts.length)) {
    await folded.fold.fold(stretch.facts, ({ decision }) => decisions.push(decision));
  }
  return decisions;
}

/** The same store, as if that transaction had never counted: a version that cannot read it passed it by. */
function without(store: MemoryEventStore, transactionId: string): MemoryEventStore {
  const copy = new MemoryEventStore();
  let gone: StoredFact | undefined;
  for (const fact of store.facts) {
    const isGone = fact.type === 'TransactionSubmitted' && fact.key === transactionId;
    const appended = copy.appendAny(fact.stream, [isGone ? newer(fact) : fact]);
    if (isGone) gone = appended;
  }
  copy.appendAny(gone!.stream, [excluded(gone!.revision, true)]);
  return copy;
}

const explanationsOf = (store: MemoryEventStore, mostHeld = 1_000) =>
  new Explanations({ store, compile: compileWindows, mostHeld, breathe: setImmediate });

const explain = (
  store: MemoryEventStore,
  recorded: Decision,
  more: { otherRules?: RuleSet; mostEvents?: number } = {},
): Promise<Explanation> =>
  explanationsOf(store).explain({
    fact: store.facts[recorded.position - 1]!,
    recorded,
    mostEvents: 1_000,
    ...more,
  });

/** What the events that are shown make. */
function made({ features }: Pick<Explanation, 'features'>) {
  return features.map(({ name, aggregate, key, events }) => {
    if (key === null) return [name, null];
    const values = events.map(({ value }) => value);
    if (aggregate === 'count') return [name, events.length];
    if (aggregate === 'distinct') return [name, new Set(values).size];
    return [name, (values as number[]).reduce((sum, each) => sum + each, 0)];
  });
}

const named = ({ features }: Pick<Explanation, 'features'>) =>
  features.map(({ name, value }) => [name, value]);

describe('an explanation', () => {
  test('agrees with what was recorded, its events make its values, and so for another rule set', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (happenings) => {
        const store = storeOf(happenings);
        for (const decision of await decide(store)) {
          const explanation = await explain(store, decision, { otherRules: MIXED });
          expect(explanation.differences).toEqual([]);
          expect(made(explanation)).toEqual(named(explanation));
          expect(made(explanation.whatIf!)).toEqual(named(explanation.whatIf!));
          if (decision.ruleSet.name === 'mixed') {
            const { score, decision: said, reasons } = decision;
            expect(explanation.whatIf).toMatchObject({ score, decision: said, reasons });
            expect(explanation.whatIf!.features).toEqual(explanation.features);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('names exactly the events without which production would have decided otherwise', async () => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (all, pick) => {
        // What was excluded and readmitted on the way cannot be passed by as well.
        const store = storeOf(all.filter(({ kind }) => kind !== 'exclude' && kind !== 'readmit'));
        const decisions = await decide(store);
        const suspicious = decisions.filter(({ decision }) => decision !== 'approve');
        const decided = suspicious[pick % suspicious.length];
        if (decided === undefined) return;
        const { counterfactual } = await explain(store, decided);
        const expected: string[] = [];
        for (const { transactionId, position } of decisions) {
          if (position >= decided.position) continue;
          const supposedStore = without(store, transactionId);
          const supposed = await decide(supposedStore);
          const would = supposed.find((each) => each.position === decided.position)!;
          if (would.decision !== decided.decision) expected.push(transactionId);
          expect((await explain(supposedStore, would)).differences).toEqual([]);
        }
        changes += expected.length;
        const found = counterfactual.changes.map(({ event }) => event.transactionId);
        // Its rules only ever hit for more: an event that none of those that hit reads changes nothing.
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 60 },
    );
    expect(changes).toBeGreaterThan(10);
  });
});

const pay = (i: number, fields = {}) =>
  submitted({
    accountId: 'a',
    transactionId: `t${i}`,
    occurredAt: new Date(Date.UTC(2026, 0, 1) + i * 1_000).toISOString(),
    ...fields,
  });

test('shows what was known then: a label that came later is not there', async () => {
  const store = new MemoryEventStore();
  store.appendAny(ruleSetStream('mixed'), [published(MIXED, 1), activated('mixed', 1)]);
  const [first, other] = [0, 1].map((i) =>
    store.appendAny(accountStream('a'), [pay(i, { merchantId: 'm', deviceId: 'd' })]),
  );
  store.appendAny(accountStream('a'), [labelled(first!, 'fraud')]);
  store.appendAny(accountStream('b'), [pay(2, { accountId: 'b', merchantId: 'm' })]);
  store.appendAny(accountStream('a'), [labelled(other!, 'fraud'), labelled(first!, 'genuine')]);
  const { features } = await explain(store, (await decide(store)).at(-1)!);
  const shop = features.find(({ name }) => name === 'shop')!;
  expect(shop.events.map(({ transactionId, label, isScored }) => [transactionId, label, isScored])).toEqual([
    ['t2', null, true],
    ['t1', null, false],
    ['t0', 'fraud', false],
  ]);
  expect(features.find(({ name }) => name === 'frauds')).toMatchObject({ value: 1, count: 1, key: 'm' });
  expect(features.find(({ name }) => name === 'phones')).toMatchObject({
    value: null,
    count: 0,
    key: null,
  });
});

test('explains by the score expression, and where no rule set was active yet', async () => {
  const scoring = parsed(`name: scoring
features: { own: { aggregate: count, window: 1d }, other: { aggregate: count, window: 2d } }
rules: []
score: 30 * own
thresholds: { review: 50, decline: 80 }`);
  const store = new MemoryEventStore();
  store.appendAny(accountStream('a'), [pay(0)]);
  store.appendAny(ruleSetStream('scoring'), [published(scoring, 1), activated('scoring', 1)]);
  store.appendAny(accountStream('a'), [pay(1)]);
  const [before, scored] = await decide(store);
  expect(await explain(store, before!)).toMatchObject({
    hits: [{ rule: 'no_rule_set', reason: 'NO_RULE_SET' }],
    features: [],
    differences: [],
    counterfactual: { candidates: 0 },
  });
  expect(await explain(store, scored!)).toMatchObject({
    features: [
      { name: 'own', readBy: ['score'] },
      { name: 'other', readBy: [] },
    ],
    counterfactual: { candidates: 1, changes: [{ event: { transactionId: 't0' }, score: 30 }] },
  });
});

test('the event that a first, least or greatest value is of is shown, however old', async () => {
  const edges = parsed(`name: edges
features:
  first: { aggregate: first, of: amountMinor, window: 1d }
  least: { aggregate: min, of: amountMinor, window: 1d }
  most: { aggregate: max, of: amountMinor, window: 1d }
  last: { aggregate: last, of: amountMinor, window: 1d }
rules: [{ id: r, when: most > 99, points: 50, reason: R }]
thresholds: { review: 50, decline: 80 }`);
  const store = new MemoryEventStore();
  store.appendAny(ruleSetStream('edges'), [published(edges, 1), activated('edges', 1)]);
  for (const [i, amountMinor] of [50, 99, 20, 60, 70, 80].entries()) {
    store.appendAny(accountStream('a'), [pay(i, { amountMinor })]);
  }
  const { features } = await explain(store, (await decide(store)).at(-1)!, { mostEvents: 2 });
  expect(features.map(({ name, events }) => [name, events.map(({ value }) => value)])).toEqual([
    ['first', [80, 50]],
    ['least', [80, 20]],
    ['most', [80, 99]],
    ['last', [80, 70]],
  ]);
});

test('is refused where more stands behind it than may be held', async () => {
  const store = new MemoryEventStore();
  store.appendAny(ruleSetStream('mixed'), [published(MIXED, 1), activated('mixed', 1)]);
  for (let i = 0; i < 4; i++) {
    const accountId = `a${i}`;
    store.appendAny(accountStream(accountId), [pay(i, { accountId, merchantId: 'm' })]);
  }
  const recorded = (await decide(store)).at(-1)!;
  const request = { fact: store.facts.at(-1)!, recorded, mostEvents: 9 };
  expect((await explanationsOf(store, 3).explain(request)).features[2]).toMatchObject({ count: 4 });
  await expect(explanationsOf(store, 2).explain(request)).rejects.toThrow('more than 2 events stand');
});

test('says so where the record is otherwise than what the store says, and shows the record', async () => {
  const store = storeOf([{ kind: 'pay', account: 0, merchant: 0, hours: 0, amount: 3 }]);
  const [decision] = await decide(store);
  const recorded = { ...decision!, score: 99, features: [7, ...decision!.features.slice(1)] };
  const { differences, features } = await explain(store, recorded);
  expect(differences).toEqual(['score: recorded 99, recomputed 0', 'feature own: recorded 7, recomputed 1']);
  expect(features[0]).toMatchObject({ name: 'own', value: 7, count: 1 });
});

test('reads the stream of the account alone where every feature is of the account', async () => {
  const store = storeOf([
    { kind: 'activate', ruleSet: 1 },
    { kind: 'pay', account: 0, merchant: 0, hours: 0, amount: 3 },
  ]);
  const [decision] = await decide(store);
  store.readAll = () => Promise.reject(new Error('all of history was read'));
  expect((await explain(store, decision!)).features).toMatchObject([{ name: 'own', value: 1 }]);
  await expect(explain(store, decision!, { otherRules: MIXED })).rejects.toThrow('all of history');
});

test('shows as many events as were asked for, and tries as many as are allowed: it tells how many there are', async () => {
  const store = new MemoryEventStore();
  store.appendAny(ruleSetStream('own'), [published(OWN, 1), activated('own', 1)]);
  const count = MOST_CANDIDATES + 30;
  for (let i = 0; i < count; i++) store.appendAny(accountStream('a'), [pay(i)]);
  const { features, counterfactual } = await explain(store, (await decide(store)).at(-1)!, {
    mostEvents: 3,
  });
  const shown = features[0]!.events.map(({ transactionId }) => transactionId);
  expect([features[0]!.count, shown]).toEqual([count, [`t${count - 1}`, `t${count - 2}`, `t${count - 3}`]]);
  expect(counterfactual).toEqual({ candidates: count - 1, tried: MOST_CANDIDATES, changes: [] });
});
