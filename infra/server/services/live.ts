import type { Live, LiveEvent } from '../../../api/services.ts';
import { alertOfStream, type StoredFact } from '../../../domain/facts.ts';
import type { FactReader } from '../../event-store/fact-reader.ts';

export interface LiveOptions {
  reader: FactReader;
  /** Up to where the alerts view shows what the feed tells of. */
  alertsSeen(): number;
  onAlerts(wake: () => void): () => void;
}

const READ_LIMIT = 500;

/** Suspicions and what analysts did, from the alerts' streams, as soon as the alerts view shows them. */
export function live({ reader, alertsSeen, onAlerts }: LiveOptions): Live {
  return {
    liveHead: async () => alertsSeen(),
    async liveAfter(position, limit) {
      const events: LiveEvent[] = [];
      const upTo = alertsSeen();
      for (let after = position; after < upTo && events.length < limit; ) {
        const facts = reader.readOthers(after, READ_LIMIT);
        for (const fact of facts) {
          if (fact.position <= upTo && events.length < limit) events.push(...eventOf(fact));
        }
        if (facts.length < READ_LIMIT) break;
        after = facts.at(-1)!.position;
      }
      return events;
    },
    onLive: onAlerts,
  };
}

function eventOf(fact: StoredFact): LiveEvent[] {
  const alertId = alertOfStream(fact.stream);
  if (alertId === undefined) return [];
  return [
    {
      position: fact.position,
      type: fact.type,
      data: { alertId, revision: fact.revision, ...JSON.parse(fact.data) },
    },
  ];
}
