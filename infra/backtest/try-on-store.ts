import { CaseCollector } from '../../domain/backtest/case-collector.ts';
import type { EventStore } from '../../domain/ports.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { ownerOf, type Part } from '../../processors/account-part.ts';
import { decideAgain } from '../../processors/backtest.ts';
import { DEFAULT_BUDGET_EVENTS } from '../../processors/batch-fold.ts';
import { knownLabels } from '../../processors/known-labels.ts';
import { definitionOf, type Tried, type TryOptions } from './tried-sets.ts';

export interface StoreTryOptions extends TryOptions {
  /** The store is tried up to this position. */
  through: number;
  /** Labels known later than this are left out; Infinity leaves none out. */
  labelsKnownByMs: number;
}

/** @param position done up to here, of `through` for each rule set */
export type TryProgress = (position: number, decisions: number) => void;

/**
 * Decides what the store holds by each rule set, one pass after the other. The store is only read.
 * @param part features kept by merchant, device, … still see the transactions of all parts
 */
export async function tryOnStore(
  store: EventStore,
  { sets, period, through, labelsKnownByMs }: StoreTryOptions,
  part: Part,
  onProgress: TryProgress,
): Promise<Tried> {
  const labels = await knownLabels(store, through, labelsKnownByMs);
  const collector = new CaseCollector(period, sets);
  const owns = ownerOf(part);
  let decided = 0;
  for (const [place, set] of sets.entries()) {
    const definition = definitionOf(set);
    await decideAgain({
      store,
      through,
      budgetEvents: Math.ceil(DEFAULT_BUDGET_EVENTS / part.of),
      // Whatever was in force: the candidate is, in its place.
      compile: (inForce, version) => scoringPlan(definition ?? inForce, version),
      ...(owns !== undefined && { owns }),
      onProgress: ({ position }) => onProgress(place * through + position, decided),
      onDecision: ({ decision, submitted }, { definition: judge, ruleSet: { version } }) => {
        decided++;
        const { accountId, revision } = decision;
        const label = place === 0 ? labels.of(accountId, revision) : null;
        collector.take(place, decision, submitted, judge, definition === undefined ? version : null, label);
      },
    });
  }
  return { ...collector.collected(sets.map(definitionOf)), newestLabelMs: labels.newestMs };
}
