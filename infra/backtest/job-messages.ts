import type { BacktestReport } from '../../domain/backtest/backtest-report.ts';
import type { HistoryAddress } from './history-store.ts';
import type { Counting } from './report-of.ts';
import type { TryOptions } from './tried-sets.ts';

/** What the process of a job is told, once. */
export interface JobOrder {
  address: HistoryAddress;
  sets: TryOptions['sets'];
  counting: Counting;
}

export interface JobProgress {
  /** Positions of the store done, over all rule sets. */
  position: number;
  total: number;
  decisions: number;
}

/** What it tells. */
export type JobNews =
  | { kind: 'progress'; progress: JobProgress }
  | { kind: 'done'; report: BacktestReport }
  | { kind: 'failed'; problem: string };
