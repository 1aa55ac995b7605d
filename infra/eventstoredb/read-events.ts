import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { type Connection, DeadlinePassed } from './connection.ts';

export type RecordedEvent = streams.ReadResp.ReadEvent.RecordedEvent;

/** Reads to the end of what was asked: nothing is left behind on the server. A missing stream has no events. */
export function readEvents(
  connection: Connection,
  request: streams.ReadReq,
  deadlineMs: number,
): Promise<RecordedEvent[]> {
  return connection.call(
    (client, metadata, options) =>
      new Promise((resolve, reject) => {
        const events: RecordedEvent[] = [];
        client
          .read(request, metadata, options)
          .on('data', (response: streams.ReadResp) => {
            const event = response.getEvent()?.getEvent();
            if (event !== undefined) events.push(event);
          })
          .on('error', reject)
          .on('end', () => resolve(events));
      }),
    deadlineMs,
  );
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
 * One subscription, cancelled on the server before it is left. Resolves when the listener has enough or the signal
 * aborts. @throws when it breaks off: it does not come back by itself, its caller knows from where to go on
 */
export function subscribe(connection: Connection, subscription: Subscription): Promise<void> {
  const { request, hear, silenceMs, signal } = subscription;
  return connection.call(
    (client, metadata, options) =>
      new Promise<void>((resolve, reject) => {
        const call = client.read(request, metadata, options);
        const silent = () => leave(() => reject(new DeadlinePassed(silenceMs!)));
        const timer = silenceMs === null ? undefined : setTimeout(silent, silenceMs);
        const leave = (settle: () => void) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', enough);
          settle();
          call.removeListener('data', listen);
          call.cancel();
        };
        const enough = () => leave(resolve);
        const listen = (response: streams.ReadResp) => {
          timer?.refresh();
          try {
            if (!hear(response)) enough();
          } catch (error) {
            leave(() => reject(error));
          }
        };
        // After it is settled, the error that cancelling raises changes nothing.
        call.on('error', (error) => leave(() => reject(error)));
        call.on('end', () => leave(() => reject(new Error('the server ended the subscription'))));
        call.on('data', listen);
        signal?.addEventListener('abort', enough);
        if (signal?.aborted) enough();
      }),
    null,
  );
}
