import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  accountStream,
  type FactDraft,
  type FeatureValue,
  type ListChanged,
  listStream,
  ruleSetStream,
  type StoredFact,
  transactionSubmitted,
  UnknownSchemaVersion,
} from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { parseRuleSet } from '../domain/rules/rule-set-parse.ts';
import { activated, listChangedBy, listDefined, newer, published, submitted } from './test-support/facts.ts';
import { MemoryEntitySnapshots } from './test-support/memory-entity-snapshots.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';
import { stamperOf } from './test-support/stamped.ts';
import { compileWindows } from './test-support/window-rules.ts';

const ruleSetOf = (name: string, features: string): RuleSet => {
  const source = `name: ${name}\nfeatures: ${features}\nrules: [{ id: r, when: f, points: 9, reason: R }]\nthresholds: { review: 50, decline: 80 }`;
  const parsed = parseRuleSet(source);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.ruleSet;
};

/** What rule sets ask: the list, and the field that is looked up, in the order of stamps. */
const ASKED: Record<string, [string, 'merchantId' | 'deviceId'][]> = {
  one: [['shops', 'merchantId']],
  both: [
    ['shops', 'merchantId'],
    ['phones', 'deviceId'],
    ['shops', 'merchantId'],
  ],
  mixed: [['phones', 'deviceId']],
  none: [],
};

const RULE_SETS = [
  ruleSetOf('one', '{ f: { aggregate: listed, list: shops, of: merchantId } }'),
  ruleSetOf(
    'both',
    '{ f: { aggregate: listed, list: shops, of: merchantId }, g: { aggregate: listed, list: phones, of: deviceId }, h: { aggregate: listed, list: shops, of: merchantId } }',
  ),
  // The list stands before the merchant's count; stamps of entities come first.
  ruleSetOf(
    'mixed',
    '{ f: { aggregate: listed, list: phones, of: deviceId }, n: { aggregate: count, window: 90d, per: merchant } }',
  ),
  ruleSetOf('none', '{ f: { aggregate: firstSeen, of: deviceId } }'),
];

const at = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours)).toISOString();
const value = (n: number) => `v${n}`;

type Happening =
  | { kind: 'pay'; account: number; merchant: number; device: number | null; hours: number }
  | { kind: 'change'; list: string; add: [number, number | null][]; remove: number[] }
  | { kind: 'define'; list: string }
  | { kind: 'activate'; ruleSet: number };

const list = fc.constantFrom('shops', 'phones');
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      account: fc.nat(2),
      merchant: fc.nat(3),
      device: fc.option(fc.nat(3), { freq: 4 }),
      hours: fc.nat(12),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      list,
      // The same hours as payments have: some occur when an entry expires, to the millisecond.
      add: fc.uniqueArray(fc.tuple(fc.nat(3), fc.option(fc.nat(12))), {
        selector: ([n]) => n,
        maxLength: 3,
      }),
      remove: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('define' as const), list }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('activate' as const), ruleSet: fc.nat(3) }) },
);

function factOf(each: Happening, number: number): [stream: string, fact: FactDraft] {
  switch (each.kind) {
    case 'activate': {
      const { name } = RULE_SETS[each.ruleSet]!;
      return [ruleSetStream(name), activated(name, 1)];
    }
    case 'define':
      return [listStream(each.list), listDefined(each.list, 'merchantId')];
    case 'change': {
      const added = each.add.map(([n, hours]) => {
        return { value: value(n), expiresAt: hours === null ? null : at(hours), note: null };
      });
      const names = new Set(each.add.map(([n]) => n));
      const removed = each.remove.filter((n) => !names.has(n)).map(value);
      return [listStream(each.list), listChangedBy(each.list, added, removed)];
    }
    case 'pay': {
      const { account, merchant, device, hours } = each;
      const accountId = `a${account}`;
      const fields = {
        accountId,
        transactionId: `t${number}`,
        occurredAt: at(hours),
        merchantId: value(merchant),
      };
      return [
        accountStream(accountId),
        submitted(device === null ? fields : { ...fields, deviceId: value(device) }),
      ];
    }
  }
}

/** As a store takes it. */
function draftsOf(each: Happening): [stream: string, facts: FactDraft[]] {
  const [stream, fact] = factOf(each, 9);
  return [stream, [fact]];
}

const entryOf = (n: number) => ({ value: value(n % 4), expiresAt: null, note: null });

function storeOf(happenings: readonly Happening[]): MemoryEventStore {
  const store = new MemoryEventStore();
  for (const ruleSet of RULE_SETS) store.appendAny(ruleSetStream(ruleSet.name), [published(ruleSet, 1)]);
  for (const [number, each] of happenings.entries()) {
    const [stream, fact] = factOf(each, number);
    store.appendAny(stream, [fact]);
  }
  return store;
}

/** Whether the last that was said of the value, before the transaction, puts it there for what occurred at that time. */
function naiveListed(
  before: readonly StoredFact[],
  name: string,
  wanted: string,
  occurredAt: string,
): boolean {
  let isOn = false;
  for (const { stream, type, data } of before) {
    if (stream !== listStream(name) || type !== 'ListChanged') continue;
    const { added, removed } = JSON.parse(data) as ListChanged;
    if (removed.includes(wanted)) isOn = false;
    const entry = added.find((each) => each.value === wanted);
    if (entry !== undefined)
      isOn = entry.expiresAt === null || Date.parse(occurredAt) < Date.parse(entry.expiresAt);
  }
  return isOn;
}

function naiveStamps(facts: readonly StoredFact[]): Map<number, FeatureValue[]> {
  const stamps = new Map<number, FeatureValue[]>();
  for (const fact of facts) {
    if (fact.type !== 'TransactionSubmitted') continue;
    const before = facts.filter(({ position }) => position < fact.position);
    const activation = before.findLast(({ type }) => type === 'RuleSetActivated');
    const inForce = activation === undefined ? 'none' : (JSON.parse(activation.data).name as string);
    const { transaction } = transactionSubmitted(fact);
    const listed = ASKED[inForce]!.map(([name, field]) => {
      const wanted = transaction[field];
      return wanted === undefined ? null : naiveListed(before, name, wanted, transaction.occurredAt);
    });
    const ofMerchant = [...before, fact].filter(
      ({ type, data }) =>
        type === 'TransactionSubmitted' &&
        JSON.parse(data).transaction.merchantId === transaction.merchantId &&
        JSON.parse(data).transaction.occurredAt <= transaction.occurredAt,
    );
    stamps.set(fact.position, inForce === 'mixed' ? [ofMerchant.length, ...listed] : listed);
  }
  return stamps;
}

/** Its readings of streams fail after the first few. @returns how it is mended */
function failing(store: MemoryEventStore, after: number): () => void {
  const { readStream } = store;
  let left = after;
  store.readStream = (...asked) =>
    left-- > 0 ? readStream.apply(store, asked) : Promise.reject(new Error('no answer'));
  return () => {
    store.readStream = readStream;
  };
}

function failed(error: Error): undefined {
  if (error.message !== 'no answer') throw error;
}

const histories = fc.array(happening, { minLength: 1, maxLength: 50, size: 'max' });

describe('lists', () => {
  test('say of each transaction what was last said before it, wherever a stamper goes on or begins', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.array(fc.tuple(fc.integer({ min: 1, max: 15 }), fc.nat(9), fc.nat(60)), {
          minLength: 1,
          maxLength: 14,
        }),
        async (happenings, steps) => {
          const store = storeOf(happenings);
          const snapshots = new MemoryEntitySnapshots();
          let stamper = stamperOf(store, compileWindows, snapshots);
          const expected = naiveStamps(store.facts);
          let after = 0;
          let stood = 0;
          for (const [count, jump, to] of steps) {
            // Onward, elsewhere, from the same place again, or by a process that has just started.
            if (jump <= 1 || jump === 5) after = to % (store.facts.length + 1);
            if (jump === 2) stamper = stamperOf(store, compileWindows, snapshots);
            if (jump === 3) await stamper.prepare(after);
            if (jump === 4) await stamper.warm(to % (store.facts.length + 1));
            // The store does not answer a second reading: what was read up to there must not be taken for all.
            const mended = jump === 5 ? failing(store, to % 3) : undefined;
            const facts = () => store.facts.slice(after, after + count);
            let stamped = await stamper.stamp(after, facts()).catch(failed);
            mended?.();
            // Then somebody asks from where it stood before.
            if (stamped === undefined) after = stood;
            stamped ??= await stamper.stamp(after, facts());
            for (const { fact, stamps } of stamped) {
              const wanted = expected.get(fact.position) ?? [];
              expect([fact.position, stamps]).toEqual([fact.position, wanted]);
              for (const each of wanted) seen.set(String(each), (seen.get(String(each)) ?? 0) + 1);
            }
            after += stamped.length;
            stood = after;
          }
        },
      ),
      { numRuns: 250 },
    );
    // Both answers are met, and fields that are not there.
    for (const each of ['true', 'false', 'null']) expect(seen.get(each)).toBeGreaterThan(100);
  });
});

describe('lists are read ahead', () => {
  test('before a version that asks them is activated, and not again while facts follow each other', async () => {
    const happenings = Array.from({ length: 40 }, (_, i): Happening => {
      if (i === 20) return { kind: 'activate', ruleSet: 0 };
      return i % 2 === 0
        ? { kind: 'change', list: 'shops', add: [[i % 4, null]], remove: [] }
        : { kind: 'pay', account: 0, merchant: i % 4, device: null, hours: i };
    });
    const store = new MemoryEventStore();
    store.appendAny(ruleSetStream('one'), [published(RULE_SETS[0]!, 1)]);
    const stamper = stamperOf(store, compileWindows);
    const readStream = store.readStream;
    for (const [number, each] of happenings.entries()) {
      const [stream, draft] = factOf(each, number);
      const fact = store.appendAny(stream, [draft]);
      // After it was activated nothing is read any more: each change passes by.
      if (number === 22) store.readStream = () => Promise.reject(new Error('read again'));
      await stamper.prepare(fact.position - 1);
      const [stamped] = await stamper.stamp(fact.position - 1, [fact]);
      // Every value of an even number was put there by then.
      const isAsked = number > 20 && each.kind === 'pay';
      expect(stamped!.stamps).toEqual(isAsked ? [each.merchant % 2 === 0] : []);
    }
    store.readStream = readStream;
  });

  test('a stretch at a time while others wait, and only what came since when they are asked', async () => {
    const store = new MemoryEventStore();
    const changes = (count: number) => {
      for (let i = 0; i < count; i++)
        store.appendAny(listStream('shops'), [listChangedBy('shops', [entryOf(i)], [])]);
    };
    const head = () => store.facts.length;
    store.appendAny(listStream('shops'), [listDefined('shops', 'merchantId')]);
    changes(99);
    store.appendAny(ruleSetStream('one'), [published(RULE_SETS[0]!, 1)]);
    const read: number[] = [];
    const readStream = store.readStream.bind(store);
    store.readStream = async (...asked) => {
      const facts = await readStream(...asked);
      if (asked[0] === listStream('shops')) read.push(facts.length);
      return facts;
    };
    const stamper = stamperOf(store, compileWindows);
    let steps = 1;
    while (await stamper.prepare(head())) steps += 1;
    // A hundred facts in stretches of ten, and an empty one.
    expect([steps, read]).toEqual([11, [...Array(10).fill(10), 0]]);
    changes(3);
    expect(await stamper.prepare(head())).toBe(false);
    store.appendAny(ruleSetStream('one'), [activated('one', 1)]);
    const paid = store.appendAny(
      ...draftsOf({ kind: 'pay', account: 0, merchant: 2, device: null, hours: 1 }),
    );
    const [stamped] = await stamper.stamp(paid.position - 1, [paid]);
    expect([stamped!.stamps, read.slice(11)]).toEqual([[true], [3]]);
  });
});

describe('lists are read', () => {
  test('by nobody who cannot: those that were written by a newer version stop whoever asks them', async () => {
    const happenings: Happening[] = [
      { kind: 'pay', account: 0, merchant: 0, device: 0, hours: 1 },
      { kind: 'pay', account: 1, merchant: 1, device: 1, hours: 1 },
    ];
    for (const [ruleSet, isStopped] of [
      [0, true],
      [3, false],
    ] as const) {
      const store = storeOf([{ kind: 'activate', ruleSet }, happenings[0]!]);
      store.appendAny(listStream('shops'), [newer(listDefined('shops', 'merchantId'))]);
      store.appendAny(...draftsOf(happenings[1]!));
      const stamper = stamperOf(store, compileWindows);
      // What comes before it is stamped.
      expect(await stamper.stamp(4, store.facts.slice(4))).toHaveLength(isStopped ? 2 : 4);
      const onward = stamper.stamp(6, store.facts.slice(6));
      if (isStopped) await expect(onward).rejects.toThrow(UnknownSchemaVersion);
      else expect(await onward).toHaveLength(2);
    }
  });

  test('as they stand at the head for what would come next', async () => {
    const store = storeOf([
      { kind: 'activate', ruleSet: 2 },
      { kind: 'pay', account: 0, merchant: 0, device: 1, hours: 1 },
      { kind: 'change', list: 'phones', add: [[1, 5]], remove: [] },
      { kind: 'pay', account: 0, merchant: 0, device: 1, hours: 4 },
      { kind: 'pay', account: 0, merchant: 0, device: 1, hours: 5 },
    ]);
    const plan = compileWindows(RULE_SETS[2]!, { name: 'mixed', version: 1 });
    const stamper = stamperOf(store, compileWindows);
    const [four, five] = store.facts.slice(-2).map(transactionSubmitted);
    expect(await stamper.stampNext(four!, plan, 6, true)).toEqual([2, false]);
    expect(await stamper.stampNext(four!, plan, 7, true)).toEqual([2, true]);
    expect(await stamper.stampNext(five!, plan, 7, true)).toEqual([2, false]);
    // It has changed nothing.
    const stamped = await stamper.stamp(4, store.facts.slice(4));
    expect(stamped.map(({ stamps }) => stamps)).toEqual([[], [1, false], [], [2, true], [3, false]]);
  });
});
