import { extname } from 'node:path';
import { mergeCollected } from '../../domain/backtest/merge-collected.ts';
import { type Part, WHOLE } from '../../processors/account-part.ts';
import type { HistoryProgress } from '../../processors/history-fold.ts';
import { inThreads } from '../threads/in-threads.ts';
import { slowestOf } from '../threads/slowest-of.ts';
import { threadsFor } from '../threads/threads-for.ts';
import { type HistoryAddress, openHistory } from './history-store.ts';
import type { Tried } from './tried-sets.ts';
import { type StoreTryOptions, type TryProgress, tryOnStore } from './try-on-store.ts';

export interface TryWorkerData {
  address: HistoryAddress;
  options: StoreTryOptions;
  part: Part;
}

/** Tries rule sets on what a store holds now, its accounts shared out among threads. */
export async function tryInThreads(
  address: HistoryAddress,
  options: Omit<StoreTryOptions, 'through'>,
  threads: number,
  onProgress: (position: number, total: number, decisions: number) => void,
  fewestPositionsAThread?: number,
): Promise<Tried & { through: number }> {
  const store = openHistory(address);
  try {
    const through = await store.head();
    const whole = { ...options, through };
    const total = through * options.sets.length;
    const parts = threadsFor(threads, through, fewestPositionsAThread);
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
  const tried = await inThreads<TryWorkerData, HistoryProgress, Tried>({
    worker: new URL(`./try-worker${extname(import.meta.url)}`, import.meta.url),
    name: 'backtest',
    parts: Array.from({ length: parts }, (_, number) => ({ address, options, part: { number, of: parts } })),
    onProgress: slowestOf(parts, ({ position, decisions }) => onProgress(position, decisions)),
  });
  const newestLabelMs = Math.max(...tried.map((part) => part.newestLabelMs));
  return { ...mergeCollected(tried), newestLabelMs };
}
