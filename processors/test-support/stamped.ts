import { setImmediate } from 'node:timers/promises';
import type { StoredFact } from '../../domain/facts.ts';
import type { EntitySnapshots } from '../../domain/ports.ts';
import type { StampedFact } from '../batch-fold.ts';
import { RuleSetTimeline } from '../rule-set-timeline.ts';
import { type Compile, ScoringPlans } from '../scoring-plans.ts';
import { Stamper } from '../stamper.ts';
import { chainPlan } from './chain-plan.ts';
import type { MemoryEventStore } from './memory-event-store.ts';

/** The facts that follow what the timeline knows, where every feature is kept by account. */
export function stamped(timeline: RuleSetTimeline, facts: readonly StoredFact[]): StampedFact[] {
  return facts.map((fact) => {
    timeline.fold(fact);
    return { fact, ruleSet: timeline.inForceAt(fact.position), stamps: [] };
  });
}

export function stamperOf(
  store: Pick<MemoryEventStore, 'readStream' | 'readAll' | 'readAt' | 'readOthers'>,
  compile: Compile = chainPlan,
  snapshots?: EntitySnapshots,
): Stamper {
  const timeline = new RuleSetTimeline();
  const plans = new ScoringPlans(timeline, store, compile);
  return new Stamper({
    store,
    timeline,
    plans,
    breathe: setImmediate,
    keep: snapshots && { snapshots, onTrouble, everyFacts: 3 },
  });
}

function onTrouble(error: unknown): never {
  throw error;
}
