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
async function listen(
  connection: Connection,
  { request, hear, silenceMs, signal }: Subscription,
): Promise<'ended' | 'left'> {
  const { promise, resolve, reject } = Promise.withResolvers<'ended' | 'left'>();
  const ending = new AbortController();
  const enough = () => resolve('left');
  const silent = () => reject(new DeadlinePassed(silenceMs!));
  // From now on: finding the leader and connecting may hang as well.
  const timer = silenceMs === null ? undefined : setTimeout(silent, silenceMs);
  signal?.addEventListener('abort', enough);
  if (signal?.aborted) enough();
  const heard = (response: streams.ReadResp) => {
    timer?.refresh();
    try {
      if (!hear(response)) enough();
    } catch (error) {
      reject(error);
    }
  };
  converse(connection, request, heard, ending.signal).then(() => resolve('ended'), reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', enough);
    ending.abort();
  }
}

/** Resolves when the server has ended the call, or it was cancelled by the signal. */
function converse(
  connection: Connection,
  request: streams.ReadReq,
  heard: (response: streams.ReadResp) => void,
  ending: AbortSignal,
): Promise<void> {
  return connection.call((client, metadata, options) => {
    if (ending.aborted) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      const call = client.read(request, metadata, options);
      ending.addEventListener('abort', () => {
        // Settled first: the error that cancelling raises must not close the connection.
        resolve();
        call.removeListener('data', heard);
        call.cancel();
      });
      call.on('data', heard).on('error', reject).on('end', resolve);
    });
  });
}
