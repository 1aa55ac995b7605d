import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { mergeCollected } from '../../domain/backtest/merge-collected.ts';
import { type HistoryAddress, openHistory } from './history-store.ts';
import type { Tried } from './tried-sets.ts';
import { type Part, type StoreTryOptions, type TryProgress, tryOnStore } from './try-on-store.ts';

export interface TryWorkerData {
  address: HistoryAddress;
  options: StoreTryOptions;
  part: Part;
}

export type TryWorkerMessage = { position: number; decisions: number } | { tried: Tried };

/** Of a shorter history a thread takes longer to start and to become fast than it spares. */
const FEWEST_POSITIONS_A_THREAD = 150_000;

/** Tries rule sets on what a store holds now, its accounts shared out among threads. */
export async function tryInThreads(
  address: HistoryAddress,
  options: Omit<StoreTryOptions, 'through'>,
  threads: number,
  onProgress: (position: number, total: number, decisions: number) => void,
  fewestPositionsAThread = FEWEST_POSITIONS_A_THREAD,
): Promise<Tried & { through: number }> {
  const store = openHistory(address);
  try {
    const through = await store.head();
    const whole = { ...options, through };
    const total = through * options.sets.length;
    const parts = Math.max(1, Math.min(threads, Math.floor(through / fewestPositionsAThread)));
    const tell: TryProgress = (position, decisions) => onProgress(position, total, decisions);
    if (parts === 1) return { ...(await tryOnStore(store, whole, { number: 0, of: 1 }, tell)), through };
    return { ...(await inParts(address, whole, parts, tell)), through };
  } finally {
    await store.close();
  }
}

async function inParts(
  address: HistoryAddress,
  options: StoreTryOptions,
  parts: number,
  onProgress: TryProgress,
): Promise<Tried> {
  const done = Array.from({ length: parts }, () => ({ position: 0, decisions: 0 }));
  const workers = done.map((_, number) => {
    return partWorker({ address, options, part: { number, of: parts } }, (position, decisions) => {
      done[number] = { position, decisions };
      onProgress(
        Math.min(...done.map((each) => each.position)),
        done.reduce((sum, each) => sum + each.decisions, 0),
      );
    });
  });
  try {
    const tried = await Promise.all(workers.map(({ tried }) => tried));
    const newestLabelMs = Math.max(...tried.map((part) => part.newestLabelMs));
    return { ...mergeCollected(tried), newestLabelMs };
  } finally {
    // Where one failed, the others would go on in vain.
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  }
}

function partWorker(
  workerData: TryWorkerData,
  onProgress: TryProgress,
): { worker: Worker; tried: Promise<Tried> } {
  const worker = new Worker(new URL(`./try-worker${extname(import.meta.url)}`, import.meta.url), {
    name: `backtest ${workerData.part.number}`,
    workerData,
  });
  const tried = new Promise<Tried>((resolve, reject) => {
    worker.on('message', (message: TryWorkerMessage) => {
      if ('tried' in message) resolve(message.tried);
      else onProgress(message.position, message.decisions);
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('a thread of the backtest ended before its time')));
  });
  return { worker, tried };
}
