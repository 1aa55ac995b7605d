import { afterAll } from '@jest/globals';
import type { Engine } from '../engines/engine.ts';
import { startEventStoreContainer } from '../engines/event-store-container.ts';
import { startEventStore } from '../engines/event-store-server.ts';
import { eventStoreContract } from '../event-store/event-store.contract.ts';
import { openEventStoreDb } from './event-store-db.ts';
import { submissionsTo } from './submissions.ts';
import { emptyIndex, laggingIndex } from './testing/lagging-index.ts';

/** A node that was given (its streams are left to it); else the development server, and a real one in Docker. */
async function servers(): Promise<[name: string, url: string][]> {
  const given = process.env.EVENTSTORE_URL;
  if (given !== undefined) return [['EVENTSTORE_URL', given]];
  const engines: [string, Engine | undefined][] = [
    ['the development server', await startEventStore({ systemEventEvery: 5 })],
    ['EventStoreDB in Docker', await startEventStoreContainer()],
  ];
  afterAll(() => Promise.all(engines.map(([, engine]) => engine?.stop())));
  return engines.flatMap(([name, engine]) => (engine === undefined ? [] : [[name, engine.url]]));
}

for (const [name, url] of await servers()) {
  for (const lags of [true, false]) {
    const index = lags ? 'an index that lags' : 'an index that knows nothing';
    eventStoreContract(`The adapter on ${name}, with ${index},`, async () => {
      const store = openEventStoreDb(url);
      const submissions = submissionsTo(store, lags ? laggingIndex(store) : emptyIndex);
      return { store: { ...store, ...submissions }, close: () => store.close() };
    });
  }
}
