import { expect, test } from '@jest/globals';
import { type AlertClosed, accountStream, alertStream, type StoredFact } from '../domain/facts.ts';
import { AlertLabels } from './alert-labels.ts';
import { draft, submitted } from './test-support/facts.ts';
import { MemoryEventStore } from './test-support/memory-event-store.ts';

const at = '2026-03-02T10:00:00Z';

function world() {
  const store = new MemoryEventStore();
  const paid = Array.from({ length: 5 }, (_, i) =>
    store.appendAny(accountStream('a'), [submitted({ accountId: 'a', transactionId: `t${i}` })]),
  );
  const suspect = ({ revision }: StoredFact) =>
    store.appendAny(alertStream(`of-${revision}`), [
      draft('FraudSuspected', { alertId: `of-${revision}`, accountId: 'a', revision, features: {} }),
    ]);
  const close = (revision: number, fields: Partial<AlertClosed>) =>
    store.appendAny(alertStream(`of-${revision}`), [
      draft('AlertClosed', { by: 'ann', at, disposition: 'fraud', text: null, ...fields }),
    ]);
  const labelled = () =>
    store.facts
      .filter(({ type }) => type === 'TransactionLabelled')
      .map(({ data }) => JSON.parse(data))
      .map(({ about, label, source, by }) => [about, label, source, by]);
  return { store, paid, suspect, close, labelled };
}

test('a closed alert labels every transaction it is said of, once, wherever the work was left', async () => {
  const { store, paid, suspect, close, labelled } = world();
  for (const fact of paid) suspect(fact);
  close(1, { suspicions: [1, 2, 4] });
  close(0, { disposition: 'unclear' });
  await new AlertLabels(store).step(store.facts.length);
  const said = [1, 2, 4].map((revision) => [revision, 'fraud', 'analyst', 'ann']);
  expect(labelled()).toEqual(said);
  const again = new AlertLabels(store);
  await again.step(store.facts.length);
  expect(labelled()).toEqual(said);

  close(3, { disposition: 'genuine' });
  await again.step(store.facts.length);
  expect(labelled()).toEqual([...said, [3, 'genuine', 'analyst', 'ann']]);
});
