import { expect, test } from '@jest/globals';
import { accountStream, type Label, type TransactionLabelled } from '../domain/facts.ts';
import { knownLabels } from './known-labels.ts';
import { draft, excluded, readmitted, submitted } from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';

function labelled(about: number, label: Label, knownAt: string) {
  const data: Omit<TransactionLabelled, 'submitted' | 'position'> = {
    about,
    label,
    source: 'issuer',
    knownAt,
    by: 'x',
    at: knownAt,
  };
  return draft('TransactionLabelled', data);
}

const store = new MemoryEventStore();
const a = accountStream('a');
store.appendAny(a, [
  submitted({ accountId: 'a', transactionId: 't0' }),
  submitted({ accountId: 'a', transactionId: 't1' }),
  labelled(0, 'fraud', '2026-03-10T00:00:00Z'),
]);
store.appendAny(accountStream('b'), [submitted({ accountId: 'b', transactionId: 't0' })]);
// Corrected later, but known earlier than the first label of t1.
store.appendAny(a, [
  labelled(0, 'genuine', '2026-03-20T00:00:00Z'),
  labelled(1, 'fraud', '2026-03-15T00:00:00Z'),
]);
const head = await store.head();

test('the latest label of a transaction counts, of its own account only', async () => {
  const labels = await knownLabels(store, head);
  expect([labels.of('a', 0), labels.of('a', 1), labels.of('b', 0), labels.of('c', 0)]).toEqual([
    'genuine',
    'fraud',
    null,
    null,
  ]);
  expect([labels.count, labels.newestMs]).toEqual([2, Date.UTC(2026, 2, 20)]);
});

test('as known at a moment: what was known later is not there yet', async () => {
  const asOf = async (day: number) => {
    const labels = await knownLabels(store, head, Date.UTC(2026, 2, day));
    return [labels.of('a', 0), labels.of('a', 1)];
  };
  expect(await asOf(9)).toEqual([null, null]);
  expect(await asOf(10)).toEqual(['fraud', null]);
  expect(await asOf(19)).toEqual(['fraud', 'fraud']);
  expect(await asOf(20)).toEqual(['genuine', 'fraud']);
});

test('labels after the position are not read', async () => {
  expect((await knownLabels(store, 3)).of('a', 0)).toBe('fraud');
  expect((await knownLabels(store, 2)).count).toBe(0);
});

test('a label that was excluded does not count, until it is readmitted', async () => {
  const other = store.restoredAt(head);
  other.appendAny(a, [excluded(3)]);
  expect((await knownLabels(other, await other.head())).of('a', 0)).toBe('fraud');
  other.appendAny(a, [readmitted(3)]);
  expect((await knownLabels(other, await other.head())).of('a', 0)).toBe('genuine');
});
