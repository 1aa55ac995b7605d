import { CaseCollector } from '../../domain/backtest/case-collector.ts';
import type { EventStore } from '../../domain/ports.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { decideAgain } from '../../processors/backtest.ts';
import type { HistoryProgress } from '../../processors/history-fold.ts';
import { knownLabels } from '../../processors/known-labels.ts';
import { definitionOf, type Tried, type TryOptions } from './tried-sets.ts';

export interface StoreTryOptions extends TryOptions {
  store: EventStore;
  /** Labels known later than this are left out; Infinity leaves none out. */
  labelsKnownByMs: number;
  onProgress(set: number, progress: HistoryProgress): void;
}

/** Decides what the store holds now by each rule set, one pass after the other. The store is only read. */
export async function tryOnStore(options: StoreTryOptions): Promise<Tried> {
  const { store, sets, period, labelsKnownByMs, onProgress } = options;
  const through = await store.head();
  const labels = await knownLabels(store, through, labelsKnownByMs);
  const collector = new CaseCollector(period, sets);
  for (const [place, set] of sets.entries()) {
    const definition = definitionOf(set);
    await decideAgain({
      store,
      through,
      // Whatever was in force: the candidate is, in its place.
      compile: (inForce, version) => scoringPlan(definition ?? inForce, version),
      onProgress: (progress) => onProgress(place, progress),
      onDecision: ({ decision, submitted }, { definition: judge, ruleSet: { version } }) => {
        const { accountId, revision } = decision;
        const label = place === 0 ? labels.of(accountId, revision) : null;
        collector.take(place, decision, submitted, judge, definition === undefined ? version : null, label);
      },
    });
  }
  return { collector, newestLabelMs: labels.newestMs, through };
}
