import { setTimeout as delay } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import type { Input } from './input.ts';

const KILLED_AT = 0.4;
const LOOK_EVERY_MS = 20;

export interface Recovery {
  /** From the kill, with the restart in it, until more results are committed than before. */
  secondsToResults: number;
  digest: string;
}

/** Killed at 40 % of the input and started again at once, on what it had committed. */
export async function recoveryOf(contender: Contender, input: Input): Promise<Recovery> {
  const run = await contender.begin(input);
  try {
    while ((await run.progress()) < KILLED_AT) await delay(LOOK_EVERY_MS);
    const killed = performance.now();
    await run.killAndRestart();
    // Of what it had committed by its death.
    const before = await run.progress();
    if (before >= 1)
      throw new Error(`${contender.name} was done before it could be killed: it takes more payments`);
    while ((await run.progress()) <= before) await delay(LOOK_EVERY_MS);
    const secondsToResults = (performance.now() - killed) / 1_000;
    while ((await run.progress()) < 1) await delay(LOOK_EVERY_MS);
    return { secondsToResults, digest: String(await run.results()) };
  } finally {
    await run.end();
  }
}
