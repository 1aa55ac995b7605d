import { extname } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { headMemory } from './head-signal.ts';
import { type StoreAddress, type StoreClient, type StoreClientOptions, storeClient } from './store-client.ts';
import type { StoreWorkerData, StoreWorkerOrder } from './store-worker.ts';

/** The store's thread, as the thread that started it holds it. */
export interface StoreThread {
  client: StoreClient;
  /** A way in for another thread: `worker.postMessage(address, [address.port])`. */
  address(): StoreAddress;
  /** Stores what waits, then ends the thread. */
  close(): Promise<void>;
}

/** Opens (or creates) the store's file in a thread of its own. @throws what opening the file throws */
export async function startStore(path: string, options: StoreClientOptions = {}): Promise<StoreThread> {
  const head = headMemory();
  const workerFile = `./store-worker${extname(import.meta.url)}`;
  const worker = new Worker(new URL(workerFile, import.meta.url), {
    name: 'store',
    workerData: { path, head } satisfies StoreWorkerData,
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));

  function address(): StoreAddress {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ serve: port1 } satisfies StoreWorkerOrder, [port1]);
    return { path, port: port2, head };
  }

  const client = storeClient(address(), options);
  return {
    client,
    address,
    async close() {
      await client.close();
      worker.postMessage('close' satisfies StoreWorkerOrder);
      await ended;
    },
  };
}
