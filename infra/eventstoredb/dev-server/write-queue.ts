import type { AppendRequest, AppendResult, EventLog } from './event-log.ts';

/** Gathers the appends of one turn of the event loop into one transaction, and tells of every commit. */
export interface WriteQueue {
  /** Resolves when it is durable. */
  append(request: AppendRequest): Promise<AppendResult>;
  /** Resolves with the next commit, or when the signal aborts. */
  nextCommit(signal: AbortSignal): Promise<void>;
}

export function writeQueue(log: EventLog): WriteQueue {
  let gathered: { request: AppendRequest; resolve(result: AppendResult): void }[] = [];
  const waiting = new Set<() => void>();

  function flush(): void {
    const taken = gathered;
    gathered = [];
    // A transaction that fails ends the process: nothing it holds in memory can be believed any more.
    const results = log.append(taken.map(({ request }) => request));
    for (let i = 0; i < taken.length; i++) taken[i]!.resolve(results[i]!);
    for (const wake of [...waiting]) wake();
  }

  return {
    append(request) {
      if (gathered.length === 0) setImmediate(flush);
      return new Promise((resolve) => gathered.push({ request, resolve }));
    },
    nextCommit(signal) {
      return new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
  };
}
