import type { ScoringPlan } from '../domain/risk-fold.ts';
import type { Scored } from './apply-fact.ts';
import { HistoryFold, type HistoryOptions } from './history-fold.ts';

export interface BacktestOptions extends HistoryOptions {
  /** The facts up to here are folded. */
  through: number;
  /** Hears of each decision in the order of positions. */
  onDecision(scored: Scored, plan: ScoringPlan): void;
}

/**
 * Decides all of history once more by the production fold, on a fork: nothing is stored and no live state is touched.
 * By the rule sets as they were in force, or, where `compile` gives plans of one rule set whatever was, by that alone.
 * @throws StoreBehind, UnknownSchemaVersion, UnknownSemantics
 */
export async function decideAgain(options: BacktestOptions): Promise<void> {
  const { through, onDecision, onProgress } = options;
  const history = new HistoryFold(options);
  let decisions = 0;
  for await (const stretch of history.read(0, through)) {
    await history.fold.fold(history.own(stretch), (scored, plan) => {
      decisions++;
      onDecision(scored, plan);
    });
    onProgress?.({ position: stretch.to, through, decisions });
  }
}
