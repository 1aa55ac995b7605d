import { extname } from 'node:path';
import type { HistoryProgress } from '../../processors/history-fold.ts';
import type { EnginesConfig } from '../server/distributed/engines-config.ts';
import { inThreads } from '../threads/in-threads.ts';
import { slowestOf } from '../threads/slowest-of.ts';

export interface RebuiltPartition {
  partition: number;
  /** Its decisions reach up to here. */
  position: number;
}

export interface ReplayWorkerData {
  engines: EnginesConfig;
  /** Rebuilt one after the other. */
  partitions: readonly number[];
  /** Among how many memory is shared out. */
  threads: number;
}

/** Rebuilds the decisions of every partition, each beside the live ones and swapped in, several at once. */
export async function replayPartitions(
  engines: EnginesConfig,
  threads: number,
  onProgress: (progress: HistoryProgress) => void,
): Promise<RebuiltPartition[]> {
  const all = Array.from({ length: engines.layout.partitions }, (_, partition) => partition);
  const used = Math.min(threads, all.length);
  const rebuilt = await inThreads<ReplayWorkerData, HistoryProgress, RebuiltPartition[]>({
    worker: new URL(`./replay-worker${extname(import.meta.url)}`, import.meta.url),
    name: 'replay',
    parts: Array.from({ length: used }, (_, number) => ({
      engines,
      threads: used,
      partitions: all.filter((partition) => partition % used === number),
    })),
    onProgress: slowestOf(used, onProgress),
  });
  return rebuilt.flat().toSorted((a, b) => a.partition - b.partition);
}
