import type { MessagePort } from 'node:worker_threads';
import { Overloaded, StoreFailed } from '../../domain/ports.ts';
import { decodeAnswer, encodeRequest, type Wire } from './store-protocol.ts';
import type { StoreAnswer, StoreRequest } from './store-request.ts';
import type { StoreReply } from './store-worker.ts';

/** Requests a message carries at most, so that one caller's bulk does not make one huge transaction. */
const MESSAGE_LIMIT = 500;

/** Requests to the store's thread and their answers. Those of one port are carried out in the order they are made. */
export interface StorePort {
  /** @throws StoreFailed if it may not have been stored, Overloaded if `limit` requests wait already */
  request(request: StoreRequest, limit: number): Promise<StoreAnswer>;
  /** Resolves when all that was asked is answered. */
  close(): Promise<void>;
}

interface Waiter {
  resolve(answer: StoreAnswer): void;
  reject(error: Error): void;
}

interface Message {
  sentAtMs: number;
  waiters: Waiter[];
}

/** What is asked within one turn of the event loop travels as one message. */
export function storePort(port: MessagePort): StorePort {
  const sent: Message[] = [];
  let gathered: Wire = [];
  let gatherers: Waiter[] = [];
  let waiting = 0;
  let flushing: NodeJS.Immediate | undefined;
  let closed = false;
  const ended = new Promise<void>((resolve) => port.once('close', resolve));

  function flush(): void {
    clearImmediate(flushing);
    flushing = undefined;
    if (gatherers.length === 0) return;
    port.postMessage(gathered);
    sent.push({ sentAtMs: performance.now(), waiters: gatherers });
    gathered = [];
    gatherers = [];
  }

  function gather(request: StoreRequest, waiter: Waiter): void {
    encodeRequest(gathered, request);
    gatherers.push(waiter);
    waiting++;
    if (gatherers.length === MESSAGE_LIMIT) flush();
    else flushing ??= setImmediate(flush);
  }

  /** The queue is emptied in about the time that its eldest request has waited. */
  function overloaded(): Overloaded {
    const waitedMs = sent[0] === undefined ? 0 : performance.now() - sent[0].sentAtMs;
    return new Overloaded(Math.max(100, Math.ceil(waitedMs)));
  }

  port.on('message', (reply: StoreReply) => {
    const { waiters } = sent.shift()!;
    waiting -= waiters.length;
    if ('failed' in reply) for (const waiter of waiters) waiter.reject(new StoreFailed(reply.failed));
    else for (let i = 0; i < waiters.length; i++) waiters[i]!.resolve(decodeAnswer(reply.answers, i));
    if (closed && waiting === 0) port.close();
  });
  port.on('close', () => {
    closed = true;
    const lost = [...sent.splice(0).flatMap((message) => message.waiters), ...gatherers.splice(0)];
    for (const waiter of lost) waiter.reject(new StoreFailed('its thread ended before it answered'));
  });

  return {
    request(request, limit) {
      if (closed) return Promise.reject(new StoreFailed('it is closed'));
      if (waiting >= limit) return Promise.reject(overloaded());
      return new Promise((resolve, reject) => gather(request, { resolve, reject }));
    },
    close() {
      closed = true;
      if (waiting === 0) port.close();
      return ended;
    },
  };
}
