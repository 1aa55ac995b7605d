import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What the thread is started with. */
export interface LogMergerData {
  /** SQLite files in WAL mode. They need not be there yet. */
  paths: readonly string[];
  everyMs: number;
}

export interface LogMerger {
  close(): Promise<void>;
}

/**
 * Copies what the write-ahead logs hold into their files, in a thread of its own: the writers, for whose commits and
 * decisions requests wait, then seldom do, and never with much to copy.
 */
export function startLogMerger(paths: readonly string[], everyMs = 50): LogMerger {
  const worker = new Worker(new URL(`./log-merger-worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'log-merger',
    workerData: { paths, everyMs } satisfies LogMergerData,
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  // The writers merge too once their log is long: without this thread they are slower, not wrong.
  worker.on('error', (error) => process.emitWarning(`logs are merged by their writers: ${String(error)}`));
  return {
    async close() {
      worker.postMessage('close');
      await ended;
    },
  };
}
