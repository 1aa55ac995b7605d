import type { StoredFact } from '../../domain/facts.ts';
import type { Connection } from './connection.ts';
import type { FactReads, ReadLimits } from './fact-reads.ts';
import { subscribe } from './read-events.ts';
import { allSubscription } from './read-request.ts';
import { retrying } from './retrying.ts';
import { factOfEvent, isSystemEvent, positionOf } from './wire-event.ts';

/** Neither transactions nor the server's own. */
const OTHERS = '^(?!TransactionSubmitted$)[^$]';
/** Events the server passes over before it says how far it is. */
const CHECKPOINT_EVERY = 1_000;
/** Places remembered, about one for each of those who read in this process. */
const REMEMBERED = 64;

/**
 * Reads facts that are no transactions, and leaves the transactions on the server: a filtered subscription, left when
 * it has caught up. The server still looks at every event on the way, so for each place where nothing more was found
 * it is remembered how far it was looked.
 */
export function otherFacts(connection: Connection, reads: Pick<FactReads, 'head'>, limits: ReadLimits) {
  const seenUpTo = new Map<number, number>();

  function remember(afterPosition: number, position: number): void {
    seenUpTo.delete(afterPosition);
    seenUpTo.set(afterPosition, position);
    if (seenUpTo.size > REMEMBERED) seenUpTo.delete(seenUpTo.keys().next().value!);
  }

  return async function readOthers(afterPosition: number, limit: number): Promise<StoredFact[]> {
    const head = await reads.head();
    const facts: StoredFact[] = [];
    let at = seenUpTo.get(afterPosition) ?? afterPosition;

    /** Goes on from where the last attempt broke off. @returns whether it came to the head */
    async function readOn(): Promise<boolean> {
      let caughtUp = false;
      const filter = { typeRegex: OTHERS, checkpointEvery: CHECKPOINT_EVERY };
      await subscribe(connection, {
        request: allSubscription(at === 0 ? 'start' : at, filter),
        silenceMs: limits.deadlineMs,
        hear(response) {
          const event = response.getEvent()?.getEvent();
          if (event !== undefined && positionOf(event) > at) {
            at = positionOf(event);
            if (!isSystemEvent(event)) facts.push(factOfEvent(event));
          }
          if (response.hasCheckpoint())
            at = Math.max(at, Number(response.getCheckpoint()!.getCommitPosition()));
          caughtUp = response.hasCaughtUp() || at >= head;
          return !caughtUp && facts.length < limit;
        },
      });
      return caughtUp;
    }

    if (at >= head || limit < 1) return [];
    const caughtUp = await retrying('reading facts that are no transactions', limits.giveUpMs, readOn);
    if (caughtUp) remember(facts.at(-1)?.position ?? afterPosition, Math.max(at, head));
    return facts;
  };
}
