import { setTimeout as delay } from 'node:timers/promises';

/** Waits, real or simulated. */
export type Sleep = (ms: number) => Promise<void>;

export const sleep: Sleep = (ms) => delay(ms);

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

export interface RetryOptions {
  sleep: Sleep;
  /** Errors that no repetition mends: thrown on. */
  isFatal(error: unknown): boolean;
  /** Told of every failure that is followed by another attempt. */
  onRetry(error: unknown): void;
  /** Told when something succeeds that had failed. */
  onRecovered(): void;
  /** Ends the waiting: the last failure is thrown on. */
  signal: AbortSignal;
}

export type Retry = <T>(attempt: () => Promise<T>) => Promise<T>;

/** Repeats what fails, at growing intervals, until it succeeds: a store that does not answer is waited for. */
export function retrying({ sleep, isFatal, onRetry, onRecovered, signal }: RetryOptions): Retry {
  return async (attempt) => {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        const result = await attempt();
        if (waitMs > FIRST_WAIT_MS) onRecovered();
        return result;
      } catch (error) {
        if (isFatal(error) || signal.aborted) throw error;
        onRetry(error);
        await sleep(waitMs);
      }
    }
  };
}
