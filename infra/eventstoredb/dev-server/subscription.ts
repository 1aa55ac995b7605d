import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { EventFilter } from './event-filter.ts';
import type { DevNode } from './node.ts';
import {
  caughtUpResponse,
  checkpointResponse,
  confirmationResponse,
  eventResponse,
  type ReadCall,
  sendTo,
} from './read-responses.ts';

/** Events a real server keeps ready for a live subscription; one further behind catches up again. */
const LIVE_BUFFER = 32;
const PAGE = 32;

/**
 * Gives what lies after `position`, then what comes, until the client leaves. With a filter it tells every so many
 * events how far it has looked, and once more when it goes live.
 */
export async function subscribe(
  node: DevNode,
  call: ReadCall,
  position: number,
  filter: EventFilter | undefined,
): Promise<void> {
  const left = new AbortController();
  for (const event of ['cancelled', 'close', 'error']) call.once(event, () => left.abort());
  const send = sendTo(call);
  let at = position;
  let considered = 0;
  let told = -1;

  async function sendCheckpoint(): Promise<void> {
    if (filter === undefined || at <= told) return;
    told = at;
    await send(checkpointResponse(at));
  }

  /** @returns how many events it looked at */
  async function sendUpToHead(): Promise<number> {
    const before = considered;
    for (;;) {
      const page = node.log.readAllForwards(at + 1, PAGE);
      for (const event of page) {
        considered++;
        at = event.position;
        if (filter === undefined || filter.matches(event)) await send(eventResponse(event));
        if (considered % (filter?.checkpointInterval ?? 1) === 0) await sendCheckpoint();
      }
      if (page.length < PAGE || left.signal.aborted) return considered - before;
      // What was sent goes out, and a client that has left is heard of: to look at a whole store takes seconds.
      await setImmediate();
    }
  }

  await send(confirmationResponse(randomUUID()));
  let isLive = false;
  while (!left.signal.aborted) {
    const commit = node.writes.nextCommit(left.signal);
    const looked = await sendUpToHead();
    if (!isLive || looked > LIVE_BUFFER) {
      await sendCheckpoint();
      await send(caughtUpResponse());
      isLive = true;
    }
    await commit;
  }
}
