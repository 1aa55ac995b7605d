import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { type Connection, DeadlinePassed } from './connection.ts';

export type RecordedEvent = streams.ReadResp.ReadEvent.RecordedEvent;

/**
 * Reads to the end of what was asked: nothing is left behind on the server. A missing stream has no events.
 * @param silenceMs how long the server may say nothing; one that is slow but goes on is not given up
 */
export async function readEvents(
  connection: Connection,
  request: streams.ReadReq,
  silenceMs: number,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  const hear = (response: streams.ReadResp) => {
    const event = response.getEvent()?.getEvent();
    if (event !== undefined) events.push(event);
    return true;
  };
  await listen(connection, { request, hear, silenceMs });
  return events;
}

export interface Subscription {
  request: streams.ReadReq;
  /** @returns whether it wants more */
  hear(response: streams.ReadResp): boolean;
  /** Silence after which it is taken for dead, in ms; null where silence says nothing. */
  silenceMs: number | null;
  signal?: AbortSignal;
}

/**
 * One subscription. Resolves when the listener has enough or the signal aborts.
 * @throws when it breaks off: it does not come back by itself, its caller knows from where to go on
 */
export async function subscribe(connection: Connection, subscription: Subscription): Promise<void> {
  const left = await listen(connection, subscription);
  if (left === 'ended') throw new Error('the server ended the subscription');
}

/** One call, cancelled on the server before it is left early: leaving it alone would leak it there. */
function listen(
  connection: Connection,
  { request, hear, silenceMs, signal }: Subscription,
): Promise<'ended' | 'left'> {
  return connection.call(
    (client, metadata, options) =>
      new Promise((resolve, reject) => {
        const call = client.read(request, metadata, options);
        const leave = (settle: () => void) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', enough);
          // Settled first, so that the error which cancelling raises changes nothing.
          settle();
          call.removeListener('data', heard);
          call.cancel();
        };
        const enough = () => leave(() => resolve('left'));
        const silent = () => leave(() => reject(new DeadlinePassed(silenceMs!)));
        const timer = silenceMs === null ? undefined : setTimeout(silent, silenceMs);
        const heard = (response: streams.ReadResp) => {
          timer?.refresh();
          try {
            if (!hear(response)) enough();
          } catch (error) {
            leave(() => reject(error));
          }
        };
        call.on('data', heard);
        call.on('error', (error) => leave(() => reject(error)));
        call.on('end', () => leave(() => resolve('ended')));
        signal?.addEventListener('abort', enough);
        if (signal?.aborted) enough();
      }),
    null,
  );
}
