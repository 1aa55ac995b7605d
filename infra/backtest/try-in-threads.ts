import { extname } from 'node:path';
import { mergeCollected } from '../../domain/backtest/merge-collected.ts';
import { type Part, WHOLE } from '../../processors/account-part.ts';
import { inThreads } from '../threads/in-threads.ts';
import { type HistoryAddress, openHistory } from './history-store.ts';
import type { Tried } from './tried-sets.ts';
import { type StoreTryOptions, type TryProgress, tryOnStore } from './try-on-store.ts';

export interface TryWorkerData {
  address: HistoryAddress;
  options: StoreTryOptions;
  part: Part;
}

export interface TryWorkerProgress {
  position: number;
  decisions: number;
}

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
    if (parts === 1) return { ...(await tryOnStore(store, whole, WHOLE, tell)), through };
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
  const tried = await inThreads<TryWorkerData, TryWorkerProgress, Tried>({
    worker: new URL(`./try-worker${extname(import.meta.url)}`, import.meta.url),
    name: 'backtest',
    parts: done.map((_, number) => ({ address, options, part: { number, of: parts } })),
    onProgress(part, progress) {
      done[part] = progress;
      onProgress(
        Math.min(...done.map((each) => each.position)),
        done.reduce((sum, each) => sum + each.decisions, 0),
      );
    },
  });
  const newestLabelMs = Math.max(...tried.map((part) => part.newestLabelMs));
  return { ...mergeCollected(tried), newestLabelMs };
}
