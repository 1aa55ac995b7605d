import { afterAll } from '@jest/globals';
import { startEventStore } from '../engines/event-store-server.ts';
import { eventStoreContract } from '../event-store/event-store.contract.ts';
import { openEventStoreDb } from './event-store-db.ts';
import { submissionsTo } from './submissions.ts';
import { emptyIndex, laggingIndex } from './testing/lagging-index.ts';

/** A real node if there is one (its streams are left to it), else the development server. */
const given = process.env.EVENTSTORE_URL;
const engine = given === undefined ? await startEventStore({ systemEventEvery: 5 }) : undefined;
const url = given ?? engine!.url;
afterAll(() => engine?.stop());

for (const [name, lags] of [
  ['an index that lags', true],
  ['an index that knows nothing', false],
] as const) {
  eventStoreContract(`EventStoreDB with ${name}`, async () => {
    const store = openEventStoreDb(url);
    const submissions = submissionsTo(store, lags ? laggingIndex(store) : emptyIndex);
    return { store: { ...store, ...submissions }, close: () => store.close() };
  });
}
