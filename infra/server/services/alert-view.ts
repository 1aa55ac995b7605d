import type { AlertEntry, AlertView } from '../../../api/services.ts';
import { type AlertEvent, evolve, initialState } from '../../../domain/alert.ts';
import {
  type AlertClosed,
  type AlertNoted,
  factData,
  type StoredFact,
  suspicionOf,
} from '../../../domain/facts.ts';

const WHAT: Record<string, AlertEntry['what']> = {
  AlertClaimed: 'claimed',
  AlertReleased: 'released',
  AlertNoted: 'noted',
  AlertClosed: 'closed',
};

export function alertEvent(fact: StoredFact): AlertEvent {
  return { type: fact.type, data: factData(fact) } as AlertEvent;
}

/** An alert as its own stream tells it. @param facts all of the stream, at least the first */
export function alertView(facts: readonly StoredFact[]): AlertView {
  const opening = facts[0]!;
  const work = facts.map(alertEvent).reduce(evolve, initialState());
  return {
    suspected: suspicionOf(opening),
    position: opening.position,
    revision: facts.at(-1)!.revision,
    state: work.status === 'missing' ? 'open' : work.status,
    assignee: work.status === 'claimed' ? work.assignee : null,
    disposition: work.status === 'closed' ? work.disposition : null,
    history: facts.slice(1).map(entry),
  };
}

function entry(fact: StoredFact): AlertEntry {
  const {
    by,
    at,
    text = null,
  } = factData<{ by: string; at: string } & Partial<AlertNoted & AlertClosed>>(fact);
  return { what: WHAT[fact.type]!, by, at, text };
}
