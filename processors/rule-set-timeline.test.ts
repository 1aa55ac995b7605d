import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ruleSetStream, UnknownSchemaVersion } from '../domain/facts.ts';
import { UnknownSemantics } from '../domain/rules/semantics.ts';
import { catchUp, RuleSetTimeline } from './rule-set-timeline.ts';
import { activated, published, ruleSetOf, submitted } from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';

const cards = ruleSetOf('cards', 'columns');

describe('the rule sets of a store', () => {
  let store: MemoryEventStore;
  beforeEach(() => {
    store = new MemoryEventStore();
    const pay = () =>
      store.appendAny('account-a', [submitted({ accountId: 'a', transactionId: `${store.facts.length}` })]);
    pay(); // 1
    store.appendAny(ruleSetStream('cards'), [published(cards, 1)]); // 2
    store.appendAny(ruleSetStream('cards'), [activated('cards', 1)]); // 3
    pay(); // 4
    store.appendAny(ruleSetStream('cards'), [published(cards, 2), activated('cards', 2)]); // 5, 6
    pay(); // 7
    store.appendAny(ruleSetStream('cards'), [activated('cards', 1)]); // 8
  });

  test('one is in force for what comes after its activation, until the next', async () => {
    const timeline = new RuleSetTimeline();
    await catchUp(timeline, store, 8);
    const versions = [1, 2, 3, 4, 5, 6, 7, 8].map(
      (position) => timeline.inForceAt(position)?.version ?? null,
    );
    expect(versions).toEqual([null, null, null, 1, 1, 1, 2, 2]);
    expect(timeline.inForceNext()).toEqual({ name: 'cards', version: 1 });
  });

  test('says nothing of what it has not read', async () => {
    const timeline = new RuleSetTimeline();
    await catchUp(timeline, store, 4);
    timeline.advance(9);
    expect(() => timeline.inForceAt(10)).toThrow('known up to position 9');
  });

  test('is the same however often and from however many readers it is folded', async () => {
    const timeline = new RuleSetTimeline();
    await Promise.all([catchUp(timeline, store, 5), catchUp(timeline, store, 8)]);
    for (const fact of store.facts) timeline.fold(fact);
    expect(timeline.inForceAt(7)).toEqual({ name: 'cards', version: 2 });
    expect(timeline.inForceAt(5)).toEqual({ name: 'cards', version: 1 });
  });

  test('several that catch up at once read once, and each as far as it asked for', async () => {
    const timeline = new RuleSetTimeline();
    const readOthers = jest.fn(store.readOthers.bind(store));
    await Promise.all([8, 8, 5, 8].map((position) => catchUp(timeline, { readOthers }, position)));
    expect([readOthers.mock.calls.length, timeline.position]).toEqual([1, 8]);
  });

  test('one whose reading fails hears of it, who waited for it reads himself', async () => {
    const timeline = new RuleSetTimeline();
    const failing = { readOthers: () => Promise.reject(new Error('away')) };
    const first = catchUp(timeline, failing, 8);
    const second = catchUp(timeline, store, 8);
    await expect(first).rejects.toThrow('away');
    await second;
    expect(timeline.position).toBe(8);
  });

  test('gives the definition of a published version only', async () => {
    const timeline = new RuleSetTimeline();
    await catchUp(timeline, store, 8);
    expect(timeline.definition({ name: 'cards', version: 2 })).toEqual(cards);
    expect(timeline.definition({ name: 'cards', version: 3 })).toBeUndefined();
  });

  test('refuses meanings and schemas it does not know', () => {
    const timeline = new RuleSetTimeline();
    const strange = published({ ...cards, semantics: 2 as 1 }, 3);
    timeline.fold(store.appendAny(ruleSetStream('cards'), [strange]));
    expect(() => timeline.definition({ name: 'cards', version: 3 })).toThrow(UnknownSemantics);
    const newer = { ...activated('cards', 3), schemaVersion: 9 };
    expect(() => timeline.fold(store.appendAny(ruleSetStream('cards'), [newer]))).toThrow(
      UnknownSchemaVersion,
    );
  });
});
