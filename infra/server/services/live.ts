import type { Live, LiveEvent } from '../../../api/services.ts';
import { alertOfStream } from '../../../domain/facts.ts';
import type { EventStore } from '../../../domain/ports.ts';
import { alertsProjection } from '../../../projections/alerts.ts';
import type { AlertQueries } from '../../read-model/queries/alerts.ts';
import type { Progress } from '../behind.ts';
import { type EventsOf, LiveTail } from './live-tail.ts';

export interface LiveOptions {
  store: Pick<EventStore, 'readOthers'>;
  progress: Progress;
  alerts: Pick<AlertQueries, 'gatheredIn' | 'openedAt'>;
}

const READ_LIMIT = 500;

/** Suspicions and what analysts did, from the alerts' streams, as soon as the alerts view shows them. */
export function live({ store, progress, alerts }: LiveOptions): Live {
  const alertsSeen = () => progress.seen(alertsProjection.name);
  const eventsOf = liveEvents(alerts);
  let tail: LiveTail | undefined;

  async function readBack(position: number, upTo: number, limit: number): Promise<LiveEvent[]> {
    const events: LiveEvent[] = [];
    for (let after = position; after < upTo && events.length < limit; ) {
      const facts = await store.readOthers(after, READ_LIMIT);
      if (facts.length === 0) break;
      events.push(...(await eventsOf(facts.filter((fact) => fact.position <= upTo))));
      after = facts.at(-1)!.position;
    }
    return events.slice(0, limit);
  }

  return {
    liveHead: async () => alertsSeen(),
    async liveAfter(position, limit) {
      const upTo = alertsSeen();
      tail ??= new LiveTail(store, eventsOf, upTo);
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

/** Facts of alerts; of a suspicion, which alert gathered it, and of a close, which alert goes on with what it left. */
function liveEvents(alerts: LiveOptions['alerts']): EventsOf {
  return async (facts) => {
    const events = facts.flatMap((fact) => {
      const alertId = alertOfStream(fact.stream);
      if (alertId === undefined) return [];
      const { position, type, revision } = fact;
      return [{ position, type, data: { alertId, revision, ...JSON.parse(fact.data) } }];
    });
    const gathered = await alerts.gatheredIn(
      events.filter(({ data }) => data.grouping !== undefined).map(({ data }) => data.alertId),
    );
    const closes = events.filter(({ type }) => type === 'AlertClosed').map(({ position }) => position);
    const opened = await alerts.openedAt(closes);
    return events.map(({ position, type, data }) => {
      const gatheredIn = gathered.get(data.alertId);
      const goesOnAs = opened.get(position);
      const more = { ...(gatheredIn && { gatheredIn }), ...(goesOnAs && { goesOnAs }) };
      return { position, type, data: { ...data, ...more } };
    });
  };
}
