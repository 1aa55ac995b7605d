import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadOrder, LoadResult } from './load-messages.ts';

export interface Load {
  run(order: LoadOrder): Promise<LoadResult>;
  close(): void;
}

/** The load generator, in a process of its own. */
export function startLoad(): Load {
  const child = fork(join(import.meta.dirname, 'load-generator.ts'), {
    serialization: 'advanced',
    execArgv: [],
  });
  const failed = once(child, 'exit').then(() => Promise.reject(new Error('the load generator has ended')));
  failed.catch(() => undefined);
  return {
    async run(order) {
      const answer = once(child, 'message');
      child.send(order);
      const [result] = (await Promise.race([answer, failed])) as [LoadResult];
      return result;
    },
    // It may be in the middle of a load that was to last longer.
    close: () => void child.kill(),
  };
}

/** Of latencies in any order. @param quantile 0..1 */
export function quantiles(latenciesMs: Float64Array): (quantile: number) => number {
  const sorted = latenciesMs.slice().sort();
  return (quantile) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
}
