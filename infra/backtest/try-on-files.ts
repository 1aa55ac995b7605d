import { CaseCollector, type Collected } from '../../domain/backtest/case-collector.ts';
import type { RateTable } from '../../domain/rates.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import type { FileLabels } from '../files/label-file.ts';
import type { PlacedLabels } from '../files/placed-labels.ts';
import type { PlacedLists } from '../files/placed-lists.ts';
import { FileScorer } from '../files/score-file.ts';
import type { LineSource } from '../files/text-lines.ts';
import type { TriedSet, TryOptions } from './tried-sets.ts';

export interface FileTryOptions extends TryOptions {
  sets: readonly TriedSet[];
  source: LineSource;
  /** Undefined where no transaction is labelled. */
  labels: FileLabels | undefined;
  /** The same, for rules that read them: those that say when they were known. */
  placed: PlacedLabels | undefined;
  /** How lists change on the way; undefined: all are empty. */
  lists: PlacedLists | undefined;
  /** Undefined: amounts count in the currency of the first transaction. */
  rates: RateTable | undefined;
  onProblem(line: number, problem: string): void;
  onProgress(bytesRead: number, scored: number): void;
}

/**
 * Scores a file by each rule set in turns, a block of lines at a time, so that it may come through a pipe.
 * @throws AmbiguousLabel
 */
export async function tryOnFiles(options: FileTryOptions): Promise<Collected> {
  const collector = new CaseCollector(options.period, options.sets);
  const scorers = options.sets.map((set, place) => scorerOf(set, place, collector, options));
  try {
    for await (const block of options.source.blocks) {
      for (const scorer of scorers) scorer.rows(block);
      options.onProgress(block.bytesRead, scorers[0]!.totals.scored);
    }
    return collector.collected(options.sets.map(({ definition }) => definition));
  } finally {
    for (const scorer of scorers) scorer.close();
  }
}

function scorerOf(
  { name, definition }: TriedSet,
  place: number,
  collector: CaseCollector,
  { labels, placed, lists, rates, onProblem }: FileTryOptions,
): FileScorer {
  const isFirst = place === 0;
  return new FileScorer({
    plan: scoringPlan(definition, { name, version: 0 }),
    rates,
    ...(placed !== undefined && { labels: placed }),
    ...(lists !== undefined && { lists }),
    strict: false,
    // Each reads the same lines: what is wrong with them is told once.
    onProblem: isFirst ? onProblem : () => undefined,
    onDecision: (decision, submitted) => {
      const label = isFirst ? (labels?.of(decision.accountId, decision.transactionId) ?? null) : null;
      collector.take(place, decision, submitted, definition, null, label);
    },
  });
}
