import { setTimeout as delay } from 'node:timers/promises';
import { cpuOfChildren } from './cpu-of-children.ts';

/** Cores that everything else on the machine may have. */
const DISTURBED_FROM = 0.25;
const TRIES = 2;
const QUIET_LOOK_MS = 2_000;
const QUIET_PATIENCE_MS = 20_000;

/**
 * Measures again what other work of the machine disturbed, once that is quiet or has been waited for long enough.
 * @returns the least disturbed of two tries
 */
export async function undisturbed<T extends { elsewhere: number }>(measure: () => Promise<T>): Promise<T> {
  let best: T | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    await quiet();
    const found = await measure();
    if (best === undefined || found.elsewhere < best.elsewhere) best = found;
    if (best.elsewhere < DISTURBED_FROM) break;
    process.stderr.write(`  disturbed: other work had ${found.elsewhere.toFixed(2)} cores\n`);
  }
  return best!;
}

async function quiet(): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < QUIET_PATIENCE_MS; ) {
    const coresOf = cpuOfChildren();
    await delay(QUIET_LOOK_MS);
    if (coresOf().elsewhere < DISTURBED_FROM) return;
  }
}
