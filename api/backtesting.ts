import type { BacktestReport } from '../domain/backtest/backtest-report.ts';
import type { RuleSetVersion } from '../domain/facts.ts';
import type { RuleSetProblem } from '../domain/rules/rule-set.ts';

/** A rule set to be tried: its YAML, or a version that was published. */
export type TriedRules = { source: string } | RuleSetVersion;

export interface BacktestOrder {
  rules: readonly TriedRules[];
  /** `active`: the rule sets as they were in force. */
  against: TriedRules | 'active' | null;
  /** What occurred in [from, to) is counted, ms since the epoch; null without bound. */
  fromMs: number | null;
  toMs: number | null;
  labels: 'as-known' | 'final';
  unlabelled: 'genuine' | 'unknown';
  ripeAfterMs: number;
  cards: number;
  examples: number;
}

export interface BacktestJob {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  /** Name of the key that asked for it. */
  by: string;
  createdAtMs: number;
  startedAtMs: number | null;
  endedAtMs: number | null;
  /** Positions of the store done, over all rule sets. */
  progress: { position: number; total: number; decisions: number };
  /** Why it has no report and never will; null where that is not so. */
  problem: string | null;
  report: BacktestReport | null;
}

export type BacktestAnswer =
  | { kind: 'taken'; job: BacktestJob }
  /** `field` of the order. */
  | { kind: 'refused'; field: string; problems: readonly RuleSetProblem[] }
  | { kind: 'unknown'; field: string }
  | { kind: 'full' };

/** Rule sets tried on history, beside whatever the server does. */
export interface Backtesting {
  startBacktest(order: BacktestOrder, by: string): Promise<BacktestAnswer>;
  backtest(id: string): BacktestJob | undefined;
  /** Newest first. */
  backtests(): BacktestJob[];
  /** Ends it; of one that has ended, forgets it. @returns how it stands then */
  removeBacktest(id: string): Promise<BacktestJob | undefined>;
}
