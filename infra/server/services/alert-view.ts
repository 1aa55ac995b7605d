import type { AlertEntry, AlertView } from '../../../api/services.ts';
import { type AlertEvent, evolve, initialState } from '../../../domain/alert.ts';
import {
  type AlertClosed,
  type AlertNoted,
  factData,
  type StoredFact,
  suspicionOf,
} from '../../../domain/facts.ts';
import { occurredAtMs } from '../../../domain/occurred-at.ts';

const WHAT: Record<string, AlertEntry['what']> = {
  AlertClaimed: 'claimed',
  AlertReleased: 'released',
  AlertNoted: 'noted',
  AlertClosed: 'closed',
};

export function alertEvent(fact: StoredFact): AlertEvent {
  return { type: fact.type, data: factData(fact) } as AlertEvent;
}

/** What an alert holds, as far as its own stream does not tell. */
export type Held = Pick<
  AlertView,
  'suspected' | 'suspicionCount' | 'lastOccurredAt' | 'suspicions' | 'position'
>;

/** What an alert holds whose rule set says nothing of gathering. */
export function opensAlone(opening: StoredFact): Held {
  const suspected = suspicionOf(opening);
  return {
    suspected,
    suspicionCount: 1,
    lastOccurredAt: new Date(occurredAtMs(suspected.occurredAt)).toISOString(),
    suspicions: [{ suspected, isHeldBack: false }],
    position: opening.position,
  };
}

/** An alert as its own stream tells it. @param facts all of the stream, at least the first */
export function alertView(facts: readonly StoredFact[], held: Held): AlertView {
  const work = facts.map(alertEvent).reduce(evolve, initialState());
  const { suspected, suspicionCount, lastOccurredAt, suspicions, position } = held;
  return {
    suspected,
    suspicionCount,
    lastOccurredAt,
    ...(suspicions === undefined ? {} : { suspicions }),
    position,
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
