import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { StoreFailed } from '../../domain/ports.ts';
import { DamagedFact } from '../event-store/fact-row.ts';

/** Longest wait between two attempts. */
const MAX_WAIT_MS = 1_000;
const FIRST_WAIT_MS = 20;

/** What trying again cannot change. Anything else may be over in a moment, and what was asked may have been done. */
const DEFINITE = new Set([
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
]);

/**
 * Tries until it succeeds, with growing waits at random, so that many do not come back at once.
 * @param what for the error
 * @throws StoreFailed when it was refused for good, or after `forMs` (then its outcome is unknown)
 */
export async function retrying<T>(what: string, forMs: number, attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + forMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof StoreFailed || error instanceof DamagedFact) throw error;
      if (isRefusal(error)) throw new StoreFailed(`it refused ${what}: ${(error as Error).message}`);
      if (Date.now() + waitMs > until) {
        throw new StoreFailed(`${what} did not succeed within ${forMs} ms: ${(error as Error).message}`);
      }
      await delay(Math.random() * waitMs);
    }
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof TypeError) return true;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'number' && DEFINITE.has(code);
}
