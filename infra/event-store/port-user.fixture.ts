/** A thread that uses a store it was sent the address of: waits for a fact, then appends one of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { NO_STREAM } from '../../domain/facts.ts';
import { type StoreAddress, storeClient } from './store-client.ts';
import { noteDraft } from './submission-fixture.ts';

const client = storeClient(workerData as StoreAddress);
const seen = await client.head();
parentPort!.postMessage('ready');
await client.headPast(seen, 10_000);
const [fact] = await client.readAll(seen, 1);
const { position } = await client.append('alert-from-another-thread', NO_STREAM, [
  noteDraft('FraudSuspected'),
]);
await client.close();
parentPort!.postMessage({ read: fact!.eventId, position });
