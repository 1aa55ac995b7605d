import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openPostgresViews } from '../../infra/postgres/postgres-views.ts';
import { openViewsDatabase } from '../../infra/read-model/views-database.ts';
import type { FactSource } from '../advance.ts';
import { PROJECTIONS } from '../all.ts';
import { rebuild } from '../rebuild.ts';
import type { ViewsPlace } from './views-under-test.ts';

/** Rebuilds every view again and again, as another process would, until told to end; answers how often. */
const { place, port } = workerData as { place: ViewsPlace; port: MessagePort };

const answers = new Map<number, (value: never) => void>();
port.on('message', ({ id, value }) => {
  answers.get(id)?.(value as never);
  answers.delete(id);
});

let ids = 0;
function ask(method: keyof FactSource, ...args: number[]): Promise<never> {
  const id = ++ids;
  return new Promise((resolve) => {
    answers.set(id, resolve);
    port.postMessage({ id, method, args });
  });
}
const store: FactSource = {
  head: () => ask('head'),
  readAt: (position) => ask('readAt', position),
  readOthers: (after, limit) => ask('readOthers', after, limit),
};

let over = false;
parentPort!.once('message', () => {
  over = true;
});
const db = place.engine === 'sqlite' ? openViewsDatabase(place.path) : await openPostgresViews(place.url);
let rebuilds = 0;
// At least two, however slow the machine: the second replaces what the first has put in place.
for (; !over || rebuilds < 2; rebuilds++) {
  for (const projection of PROJECTIONS) await rebuild(db, store, projection, { batchSize: 20 });
}
await db.destroy();
parentPort!.postMessage(rebuilds);
port.close();
