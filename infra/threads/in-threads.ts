import { Worker } from 'node:worker_threads';

/** What a thread of `inThreads` tells: how far it is, and last what came of it. */
export type ThreadMessage<Progress, Result> = { progress: Progress } | { result: Result };

export interface ThreadedWork<Data, Progress> {
  /** A module that posts `ThreadMessage`s. */
  worker: URL;
  /** Of the threads, for debuggers; each has its number behind. */
  name: string;
  /** One a thread. */
  parts: readonly Data[];
  onProgress(part: number, progress: Progress): void;
  /** Ends every thread when it is aborted; the work then rejects with its reason. */
  signal?: AbortSignal;
}

/**
 * Does work in as many threads as it has parts.
 * @returns what came of each, in the order of the parts
 * @throws what a thread failed with, or that one has ended before its time: the others are ended, too
 */
export async function inThreads<Data, Progress, Result>({
  worker,
  name,
  parts,
  onProgress,
  signal,
}: ThreadedWork<Data, Progress>): Promise<Result[]> {
  signal?.throwIfAborted();
  const threads: Worker[] = [];
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const results = parts.map((workerData, i) => {
      const thread = new Worker(worker, { name: `${name} ${i}`, workerData });
      threads.push(thread);
      return resultOf<Progress, Result>(thread, name, (progress) => onProgress(i, progress));
    });
    return await Promise.race([Promise.all(results), aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
    // Where one failed, the others would go on in vain.
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function resultOf<Progress, Result>(
  thread: Worker,
  name: string,
  onProgress: (progress: Progress) => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    thread.on('message', (message: ThreadMessage<Progress, Result>) => {
      if ('result' in message) resolve(message.result);
      else onProgress(message.progress);
    });
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error(`a thread of the ${name} ended before its time`)));
  });
}
