import { randomUUID } from 'node:crypto';
import type { Backtesting, BacktestJob } from '../backtesting.ts';

const MOST_WAITING = 2;

/** Jobs that stay where they are until a test moves them on. */
export function fakeBacktesting(): Backtesting {
  const jobs = new Map<string, BacktestJob>();
  return {
    startBacktest: async ({ rules }, by) => {
      const first = rules[0]!;
      if ('name' in first) return { kind: 'unknown', field: 'rules.0' };
      if (!first.source.startsWith('name: ')) {
        const problem = {
          line: 1,
          column: 1,
          path: 'name',
          problem: 'name is missing',
          suggestion: 'name: cards',
        };
        return { kind: 'refused', field: 'rules.0.source', problems: [problem] };
      }
      if (jobs.size >= MOST_WAITING) return { kind: 'full' };
      const job: BacktestJob = {
        id: randomUUID(),
        state: 'running',
        by,
        createdAtMs: 0,
        startedAtMs: Date.now() - 1_000,
        endedAtMs: null,
        progress: { position: 25, total: 100, decisions: 20 },
        problem: null,
        report: null,
      };
      jobs.set(job.id, job);
      return { kind: 'taken', job };
    },
    backtest: (id) => jobs.get(id),
    backtests: () => [...jobs.values()].reverse(),
    removeBacktest: async (id) => {
      const job = jobs.get(id);
      if (job === undefined) return undefined;
      jobs.delete(id);
      return { ...job, state: 'cancelled', endedAtMs: Date.now(), problem: 'it was cancelled' };
    },
  };
}
