import type { Live, LiveEvent } from './services.ts';

/** Events read at once; a slow client has no more than these in memory, the rest stays in the store. */
const AT_ONCE = 256;

export interface LiveOptions {
  /** Position after which the feed begins. */
  from: number;
  heartbeatMs: number;
  /** Ends the feed. */
  signal: AbortSignal;
  /** Asked every heartbeatMs: a key may be revoked while its feed goes on. */
  isAllowed: () => boolean;
}

/**
 * The live feed as server-sent events. It is read from the store by position, only as fast as the client takes
 * it: nothing is queued for a client, and nothing is lost to one that is slow or comes back.
 */
export async function* liveFrames(
  live: Live,
  { from, heartbeatMs, signal, isAllowed }: LiveOptions,
): AsyncGenerator<string> {
  const bell = doorbell(signal);
  const stop = live.onLive(bell.ring);
  let position = from;
  let allowedAtMs = performance.now();
  try {
    yield `retry: 1000\n: from ${from}\n\n`;
    while (!signal.aborted) {
      if (performance.now() - allowedAtMs >= heartbeatMs) {
        if (!isAllowed()) return;
        allowedAtMs = performance.now();
      }
      const events = await live.liveAfter(position, AT_ONCE);
      const last = events.at(-1);
      if (last !== undefined) {
        position = last.position;
        yield events.map(frame).join('');
      } else if (!(await bell.rung(heartbeatMs)) && !signal.aborted) {
        yield ': heartbeat\n\n';
      }
    }
  } finally {
    stop();
  }
}

function frame({ position, type, data }: LiveEvent): string {
  return `id: ${position}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Remembers a ring until someone waits for it, so that none is missed between a read and the wait. */
function doorbell(signal: AbortSignal) {
  let hasRung = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    hasRung = true;
    wake?.();
  };
  signal.addEventListener('abort', () => wake?.());
  /** @returns whether it rang within `ms`, since the last time it was asked */
  const rung = async (ms: number): Promise<boolean> => {
    if (!hasRung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      wake = resolve;
      await promise;
      clearTimeout(timer);
    }
    const answer = hasRung;
    hasRung = false;
    return answer;
  };
  return { ring, rung };
}
