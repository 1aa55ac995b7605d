import { setTimeout as delay } from 'node:timers/promises';
import { cpuOfChildren } from '../cpu-of-children.ts';
import type { Contender } from './contender.ts';
import type { Input } from './input.ts';

const LOOK_EVERY_MS = 100;
/** Below this share of the input a contender is still warming up. */
const WARM_AT = 0.25;
const PATIENCE_MS = 300_000;

export interface Throughput {
  /** Payments a second, from when it is warm to the end. */
  perSecond: number;
  digest: string;
  /** That each kind of process had meanwhile. */
  cores: string;
  /** Cores that other work of the machine had. */
  elsewhere: number;
}

/** One contender through the whole input, from nothing. */
export async function throughputOf(contender: Contender, input: Input): Promise<Throughput> {
  const run = await contender.begin(input);
  try {
    const begun = performance.now();
    let warm: { share: number; atMs: number; cores: ReturnType<typeof cpuOfChildren> } | null = null;
    for (;;) {
      const share = await run.progress();
      const atMs = performance.now();
      if (share >= WARM_AT) warm ??= { share, atMs, cores: cpuOfChildren() };
      if (warm !== null && share >= 1) {
        const perSecond = (((share - warm.share) * input.payments) / (atMs - warm.atMs)) * 1_000;
        const { cores, elsewhere } = warm.cores();
        return { perSecond, cores, elsewhere, digest: String(await run.results()) };
      }
      if (atMs - begun > PATIENCE_MS)
        throw new Error(`${contender.name} is at ${share} after ${PATIENCE_MS} ms`);
      await delay(LOOK_EVERY_MS);
    }
  } finally {
    await run.end();
  }
}
