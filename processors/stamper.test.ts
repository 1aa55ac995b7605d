import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { amendmentOf } from '../domain/amendment.ts';
import {
  accountStream,
  type FactDraft,
  type FactExcluded,
  type FeatureValue,
  ruleSetStream,
  type StoredFact,
  transactionSubmitted,
  UnknownSchemaVersion,
} from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { parseRuleSet } from '../domain/rules/rule-set-parse.ts';
import { EntityMemory } from '../domain/scoring/entity-memory.ts';
import {
  activated,
  excluded,
  labelled,
  newer,
  published,
  readmitted,
  submitted,
} from './test-support/facts.ts';
import { MemoryEntitySnapshots } from './test-support/memory-entity-snapshots.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { stamperOf } from './test-support/stamped.ts';
import { compileWindows } from './test-support/window-rules.ts';

const ruleSetOf = (name: string, features: string): RuleSet => {
  const source = `name: ${name}\nfeatures: ${features}\nrules: [{ id: r, when: f > 3, points: 9, reason: R }]\nthresholds: { review: 50, decline: 80 }`;
  const parsed = parseRuleSet(source);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.ruleSet;
};

const RULE_SETS = [
  ruleSetOf(
    'merchants',
    `{ f: { aggregate: count, window: 3d, per: merchant }, g: { aggregate: count, window: 5d, delay: 1d, per: merchant, where: 'label == "fraud"' } }`,
  ),
  ruleSetOf('tighter', '{ f: { aggregate: count, window: 3d, per: merchant } }'),
  ruleSetOf(
    'devices',
    '{ f: { aggregate: sum, window: 2d, per: device }, own: { aggregate: count, window: 1d } }',
  ),
  ruleSetOf('accounts', '{ f: { aggregate: count, window: 1d } }'),
];

type Happening =
  | { kind: 'pay'; account: number; merchant: number; hours: number; unreadable: boolean }
  | { kind: 'label'; about: number; isFraud: boolean }
  | { kind: 'exclude' | 'readmit'; about: number }
  | { kind: 'activate'; ruleSet: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      account: fc.nat(2),
      merchant: fc.nat(1),
      // The lateness is a day: some reach back further than what an entity keeps.
      hours: fc.oneof({ weight: 4, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.nat(600) }),
      unreadable: fc.constantFrom(...Array(15).fill(false), true),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('label' as const), about: fc.nat(6), isFraud: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('exclude', 'readmit'), about: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('activate' as const), ruleSet: fc.nat(3) }) },
);

/** The history as a store. What cannot be read is excluded before the account goes on. */
function storeOf(happenings: readonly Happening[]): MemoryEventStore {
  const store = new MemoryEventStore();
  const paid: StoredFact[] = [];
  for (const ruleSet of RULE_SETS) store.appendAny(ruleSetStream(ruleSet.name), [published(ruleSet, 1)]);
  const append = (stream: string, fact: FactDraft) => store.appendAny(stream, [fact]);
  for (const each of happenings) {
    if (each.kind === 'activate') {
      const { name } = RULE_SETS[each.ruleSet]!;
      append(ruleSetStream(name), activated(name, 1));
    } else if (each.kind === 'pay') {
      const accountId = `a${each.account}`;
      const payment = submitted({
        accountId,
        transactionId: `t${store.facts.length}`,
        occurredAt: new Date(Date.UTC(2026, 0, 1, each.hours)).toISOString(),
        merchantId: `m${each.merchant}`,
        deviceId: `d${each.merchant}`,
      });
      const fact = append(accountStream(accountId), each.unreadable ? newer(payment) : payment);
      if (each.unreadable) append(fact.stream, excluded(fact.revision, true));
      else paid.push(fact);
    } else {
      const about = paid.at(-1 - each.about);
      if (about === undefined) continue;
      if (each.kind === 'label') append(about.stream, labelled(about, each.isFraud ? 'fraud' : 'genuine'));
      else append(about.stream, (each.kind === 'exclude' ? excluded : readmitted)(about.revision));
    }
  }
  return store;
}

/** Each transaction's stamps from all that counted before it, folded anew and with nothing forgotten. */
function naiveStamps(facts: readonly StoredFact[]): Map<number, FeatureValue[]> {
  const stamps = new Map<number, FeatureValue[]>();
  let inForce: RuleSet | undefined;
  for (const fact of facts) {
    if (fact.type === 'RuleSetActivated') {
      inForce = RULE_SETS.find(({ name }) => name === JSON.parse(fact.data).name);
    }
    if (fact.type !== 'TransactionSubmitted' || fact.schemaVersion > 1) continue;
    const before = facts.filter(({ position }) => position < fact.position);
    const plan = inForce && compileWindows(inForce, { name: inForce.name, version: 1 }).entities;
    if (plan === undefined || plan.isEmpty) {
      stamps.set(fact.position, []);
      continue;
    }
    const memory = new EntityMemory(plan, true);
    for (const each of before) {
      if (!counts(each, before)) continue;
      const amendment = amendmentOf(each);
      if (amendment !== undefined) memory.amend(amendment, each.position);
      else if (each.type === 'TransactionSubmitted') {
        memory.stamp(transactionSubmitted(each), each.position);
      }
    }
    stamps.set(fact.position, memory.stamp(transactionSubmitted(fact), fact.position));
  }
  return stamps;
}

function counts({ stream, revision, schemaVersion }: StoredFact, before: readonly StoredFact[]): boolean {
  if (schemaVersion > 1) return false;
  const last = before.findLast((each) => {
    const says = each.type === 'FactExcluded' || each.type === 'FactReadmitted';
    return says && each.stream === stream && (JSON.parse(each.data) as FactExcluded).revision === revision;
  });
  return last?.type !== 'FactExcluded';
}

describe('a stamper', () => {
  test('stamps with what is in force and what counted before, wherever it is asked to go on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 1, maxLength: 40, size: 'max' }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(9), fc.nat(60)), {
          minLength: 1,
          maxLength: 12,
        }),
        async (happenings, steps) => {
          const store = storeOf(happenings);
          const snapshots = new MemoryEntitySnapshots();
          let stamper = stamperOf(store, compileWindows, snapshots);
          const expected = naiveStamps(store.facts);
          let after = 0;
          for (const [count, jump, to] of steps) {
            // Mostly onward; now and then a process dies, and another goes on from there.
            if (jump === 0) after = to % (store.facts.length + 1);
            if (jump === 1) stamper = stamperOf(store, compileWindows, snapshots);
            if (jump <= 4) await stamper.prepare(after);
            const facts = store.facts.slice(after, after + count);
            const stamped = await stamper.stamp(after, facts);
            expect(stamped.map(({ fact }) => fact)).toEqual(facts);
            for (const { fact, stamps } of stamped) {
              expect([fact.position, stamps]).toEqual([fact.position, expected.get(fact.position) ?? []]);
            }
            after += facts.length;
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('stands still at what it cannot read, if entities count, until that is excluded', async () => {
    const store = storeOf([
      { kind: 'activate', ruleSet: 0 },
      { kind: 'pay', account: 0, merchant: 0, hours: 1, unreadable: false },
    ]);
    const unreadable = newer(submitted({ accountId: 'b', transactionId: 'x', merchantId: 'm0' }));
    store.appendAny('account-b', [unreadable]);
    const stamper = stamperOf(store, compileWindows);
    expect(await stamper.stamp(4, store.facts.slice(4))).toHaveLength(2);
    await expect(stamper.stamp(6, store.facts.slice(6))).rejects.toThrow(UnknownSchemaVersion);
    store.appendAny('account-b', [excluded(0, true)]);
    expect(await stamper.stamp(6, store.facts.slice(6))).toHaveLength(2);
  });

  test('says what a transaction would be stamped with that came next, and changes nothing', async () => {
    const payments: Happening[] = [1, 2, 3].map((hours) => {
      return { kind: 'pay', account: hours % 2, merchant: 0, hours, unreadable: false };
    });
    const store = storeOf([{ kind: 'activate', ruleSet: 0 }, ...payments]);
    const stamper = stamperOf(store, compileWindows);
    const plan = compileWindows(RULE_SETS[0]!, { name: 'merchants', version: 1 });
    const last = store.facts.at(-1)!;
    const head = last.position - 1;
    const next = () => stamper.stampNext(transactionSubmitted(last), plan, head, true);
    expect([await next(), await next()]).toEqual([
      [3, 0],
      [3, 0],
    ]);
    expect((await stamper.stamp(head, [last]))[0]!.stamps).toEqual([3, 0]);
    // Taken where the entities stand: after it.
    expect(await stamper.stampNext(transactionSubmitted(last), plan, head, false)).toEqual([4, 0]);
  });
});

describe('a stamper that looks ahead', () => {
  test('that was warmed goes on without reading history', async () => {
    const payments = Array.from({ length: 30 }, (_, hours): Happening => {
      return { kind: 'pay', account: hours % 3, merchant: 0, hours, unreadable: false };
    });
    const store = storeOf([{ kind: 'activate', ruleSet: 0 }, ...payments]);
    const stamper = stamperOf(store, compileWindows);
    await stamper.warm(10);
    await stamper.warm(30);
    const readAll = store.readAll;
    store.readAll = () => Promise.reject(new Error('read again'));
    const facts = store.facts.slice(30);
    const stamped = await stamper.stamp(30, facts);
    store.readAll = readAll;
    const expected = naiveStamps(store.facts);
    expect(stamped.map(({ stamps }) => stamps)).toEqual(facts.map(({ position }) => expected.get(position)));
  });

  test('that lacks part of the store says so, and makes nothing of it', async () => {
    const store = storeOf([{ kind: 'activate', ruleSet: 0 }]);
    const stamper = stamperOf(store, compileWindows);
    await expect(stamper.warm(store.facts.length + 5)).rejects.toThrow('answers only up to position 5');
  });

  test('has the entities of a published version there by the time it is activated', async () => {
    const store = new MemoryEventStore();
    const stamper = stamperOf(store, compileWindows);
    const publish = (ruleSet: RuleSet) =>
      store.appendAny(ruleSetStream(ruleSet.name), [published(ruleSet, 1)]);
    const activate = ({ name }: RuleSet) => store.appendAny(ruleSetStream(name), [activated(name, 1)]);
    const pay = (hours: number) =>
      store.appendAny('account-a', [
        submitted({
          accountId: 'a',
          transactionId: `t${hours}`,
          occurredAt: new Date(Date.UTC(2026, 0, 1, hours)).toISOString(),
          deviceId: 'd',
        }),
      ]);
    const stampOn = async (after: number) => (await stamper.stamp(after, store.facts.slice(after))).at(-1)!;
    const [, , devices, accounts] = RULE_SETS as [RuleSet, RuleSet, RuleSet, RuleSet];
    publish(accounts);
    activate(accounts);
    for (let hours = 0; hours < 2_500; hours++) pay(hours / 100);
    await stampOn(0);
    const before = publish(devices).position;
    await stampOn(before - 1);
    // A thousand facts at a time.
    const more = [];
    do more.push(await stamper.prepare(before));
    while (more.at(-1));
    expect(more).toEqual([true, true, false]);
    const { position } = activate(devices);
    pay(30);
    const { readAll } = store;
    const readFrom: number[] = [];
    store.readAll = (after, limit) => {
      readFrom.push(after);
      return readAll.call(store, after, limit);
    };
    const last = await stampOn(position - 1);
    expect(last.stamps).toEqual([250_100]);
    expect(readFrom.every((after) => after >= before)).toBe(true);
  });
});
