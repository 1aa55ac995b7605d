import { setTimeout as delay } from 'node:timers/promises';
import { Sealer, type SealerOptions } from '../../processors/sealer.ts';

export interface Sealing {
  /** Everything up to here is sealed. */
  position(): number;
  /** What the last try failed with; null where it did not. */
  problem(): string | null;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;

/** Seals what is due, beside whatever else the thread does, until it is stopped. Where no range is ever due, it rests. */
export function startSealing(
  options: Omit<SealerOptions, 'signal'>,
  report: (error: unknown) => void = () => undefined,
): Sealing {
  const stopping = new AbortController();
  const { signal } = stopping;
  const sealer = new Sealer({ ...options, signal });
  let problem: string | null = null;

  async function work(): Promise<void> {
    while (!signal.aborted) {
      try {
        await sealer.step(Date.now());
        problem = null;
      } catch (error) {
        if (signal.aborted) return;
        // Told once: it is tried again every second.
        if (problem === null) report(error);
        problem = (error as Error).message;
      }
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  const ended = options.every.decisions === 0 ? Promise.resolve() : work();
  return {
    position: () => sealer.position,
    problem: () => problem,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
