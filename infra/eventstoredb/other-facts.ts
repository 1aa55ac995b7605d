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
/** Stretches remembered, and facts of one: enough for all who read in this process. */
const REMEMBERED = 32;
const FACTS_REMEMBERED = 1_000;

/** What was looked through: every such fact in (after, upTo]. What is stored never changes, so it stays true. */
interface Stretch {
  after: number;
  upTo: number;
  facts: readonly StoredFact[];
}

/**
 * Reads facts that are no transactions, and leaves the transactions on the server: a filtered subscription, left when
 * it has caught up. The server still looks at every event on the way, which may be all of history. So it is remembered
 * what was found where, and who wants what another reads just now waits for that: the partitions of a process that
 * starts cost one such look together.
 */
export function otherFacts(connection: Connection, reads: Pick<FactReads, 'head'>, limits: ReadLimits) {
  const remembered: Stretch[] = [];
  const underWay = new Set<{ after: number; ended: Promise<unknown> }>();

  function remember(stretch: Stretch): void {
    if (stretch.facts.length > FACTS_REMEMBERED) return;
    const same = remembered.findIndex(({ after }) => after === stretch.after);
    if (same >= 0) remembered.splice(same, 1);
    remembered.push(stretch);
    if (remembered.length > REMEMBERED) remembered.shift();
  }

  /** As far as it is remembered. */
  function known(after: number): Stretch {
    const stretch = remembered.findLast((each) => each.after <= after && after < each.upTo);
    if (stretch === undefined) return { after, upTo: after, facts: [] };
    const facts = stretch.facts.filter(({ position }) => position > after);
    return { after, upTo: stretch.upTo, facts };
  }

  /** @returns facts in (after, upTo], where `upTo` is the last one's position, or at least the head */
  async function look(after: number, limit: number, head: number): Promise<Stretch> {
    const facts: StoredFact[] = [];
    let at = after;

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

    const caughtUp = await retrying('reading facts that are no transactions', limits.giveUpMs, readOn);
    return { after, upTo: caughtUp ? Math.max(at, head) : facts.at(-1)!.position, facts };
  }

  return async function readOthers(afterPosition: number, limit: number): Promise<StoredFact[]> {
    if (limit < 1) return [];
    await [...underWay].find(({ after }) => after <= afterPosition)?.ended;
    const head = await reads.head();
    const { upTo, facts } = known(afterPosition);
    if (upTo >= head || facts.length >= limit) return facts.slice(0, limit);
    const looking = look(upTo, limit - facts.length, head);
    // Its own caller hears if it fails; who waited then looks for himself.
    const entry = { after: afterPosition, ended: looking.catch(() => undefined) };
    underWay.add(entry);
    try {
      const found = await looking;
      const all = [...facts, ...found.facts];
      remember({ after: afterPosition, upTo: found.upTo, facts: all });
      return all;
    } finally {
      underWay.delete(entry);
    }
  };
}
