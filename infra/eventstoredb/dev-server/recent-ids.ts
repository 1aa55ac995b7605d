import type { AppendResult, ProposedEvent } from './event-log.ts';

const REMEMBERED = 50_000;

interface Place {
  stream: string;
  revision: number;
  position: number;
}

/**
 * What appends that expect any state are told apart by: the ids written lately, in memory only. It is gone with the
 * process, as on a real server, where it is gone with the leader too: that is why nobody should rely on it.
 */
export interface RecentIds {
  /** The first place of an id stands. */
  remember(id: string, place: Place): void;
  /** The first answer of an append, if all its ids were written to that stream one after the other. */
  find(stream: string, events: readonly ProposedEvent[]): AppendResult | undefined;
}

export function recentIds(): RecentIds {
  const places = new Map<string, Place>();
  return {
    remember(id, place) {
      if (places.has(id)) return;
      places.set(id, place);
      if (places.size > REMEMBERED) places.delete(places.keys().next().value!);
    },
    find(stream, events) {
      const found = events.map(({ id }) => places.get(id));
      const [first, last] = [found[0], found.at(-1)];
      if (first === undefined || last === undefined) return undefined;
      const isRepeat = found.every(
        (place, i) => place?.stream === stream && place.revision === first.revision + i,
      );
      return isRepeat ? { kind: 'success', revision: last.revision, position: last.position } : undefined;
    },
  };
}
