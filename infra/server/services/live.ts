import type { Live, LiveEvent } from '../../../api/services.ts';
import { alertOfStream, type StoredFact } from '../../../domain/facts.ts';
import type { EventStore } from '../../../domain/ports.ts';
import { alertsProjection } from '../../../projections/alerts.ts';
import type { Progress } from '../behind.ts';
import { LiveTail } from './live-tail.ts';

export interface LiveOptions {
  store: Pick<EventStore, 'readOthers'>;
  progress: Progress;
}

const READ_LIMIT = 500;

/** Suspicions and what analysts did, from the alerts' streams, as soon as the alerts view shows them. */
export function live({ store, progress }: LiveOptions): Live {
  const alertsSeen = () => progress.seen(alertsProjection.name);
  let tail: LiveTail | undefined;

  async function readBack(position: number, upTo: number, limit: number): Promise<LiveEvent[]> {
    const events: LiveEvent[] = [];
    for (let after = position; after < upTo && events.length < limit; ) {
      const facts = await store.readOthers(after, READ_LIMIT);
      if (facts.length === 0) break;
      for (const fact of facts) {
        if (fact.position <= upTo && events.length < limit) events.push(...eventOf(fact));
      }
      after = facts.at(-1)!.position;
    }
    return events;
  }

  return {
    liveHead: async () => alertsSeen(),
    async liveAfter(position, limit) {
      const upTo = alertsSeen();
      tail ??= new LiveTail(store, eventOf, upTo);
      return (await tail.after(position, upTo, limit)) ?? readBack(position, upTo, limit);
    },
    onLive(wake) {
      let seen = alertsSeen();
      return progress.onMoved(() => {
        if (alertsSeen() === seen) return;
        seen = alertsSeen();
        wake();
      });
    },
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
