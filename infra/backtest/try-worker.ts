import { parentPort, workerData } from 'node:worker_threads';
import type { HistoryProgress } from '../../processors/history-fold.ts';
import type { ThreadMessage } from '../threads/in-threads.ts';
import { openHistory } from './history-store.ts';
import type { Tried } from './tried-sets.ts';
import type { TryWorkerData } from './try-in-threads.ts';
import { tryOnStore } from './try-on-store.ts';

/** Tries the rule sets on the accounts of one part. */
const { address, options, part } = workerData as TryWorkerData;
const tell = (message: ThreadMessage<HistoryProgress, Tried>, transferred: ArrayBuffer[] = []) =>
  parentPort!.postMessage(message, transferred);

const store = openHistory(address);
try {
  const tried = await tryOnStore(store, options, part, (position, decisions) =>
    tell({ progress: { position, through: options.through * options.sets.length, decisions } }),
  );
  tell({ result: tried }, buffersOf(tried));
} finally {
  await store.close();
}

/** Columns are handed over, not copied. */
function buffersOf({ cases, sets }: Tried): ArrayBuffer[] {
  const columns = [
    ...[cases.positions, cases.occurredAtMs, cases.amountsMinor, cases.cards, cases.labels],
    ...sets.flatMap(({ judgements: { scores, ranks, decisions, hits } }) => [scores, ranks, decisions, hits]),
  ];
  return columns.map(({ buffer }) => buffer as ArrayBuffer);
}
