import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from './connection.ts';
import { subscribe } from './read-events.ts';
import { allSubscription } from './read-request.ts';

/** Between attempts to come back, at most. */
const MAX_WAIT_MS = 1_000;

/**
 * Wakes those who wait for facts: a subscription that no event matches, so that of every event only its position
 * comes over the wire. It comes back by itself; then, too, it wakes all, for something may have come meanwhile.
 */
export interface HeadWatch {
  /** How often it was so far that something may have been stored. */
  stirs(): number;
  /** Resolves when something may have been stored, or after `timeoutMs`. */
  stirred(timeoutMs: number): Promise<void>;
  close(): void;
}

const NOTHING = '(?!)';

export function headWatch(connection: Connection): HeadWatch {
  const closing = new AbortController();
  const waiting = new Set<() => void>();
  let isWatching = false;
  let stirs = 0;

  function wakeAll(): boolean {
    stirs++;
    for (const wake of [...waiting]) wake();
    return true;
  }

  async function watch(): Promise<void> {
    const request = allSubscription('end', { typeRegex: NOTHING, checkpointEvery: 1 });
    let waitMs = 0;
    while (!closing.signal.aborted) {
      const hear = () => {
        waitMs = 0;
        return wakeAll();
      };
      // However it ended, it begins again: a store that is away for good is told by those who read and append.
      await subscribe(connection, { request, hear, silenceMs: null, signal: closing.signal }).catch(() => {});
      waitMs = Math.min(2 * waitMs + 20, MAX_WAIT_MS);
      await delay(Math.random() * waitMs);
    }
  }

  return {
    stirs: () => stirs,
    stirred(timeoutMs) {
      if (!isWatching) void watch();
      isWatching = true;
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        waiting.add(wake);
      });
    },
    close() {
      closing.abort();
      wakeAll();
    },
  };
}
