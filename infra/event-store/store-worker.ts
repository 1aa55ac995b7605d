import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type HeadMemory, raiseHead } from './head-signal.ts';
import { openRecoveringStore } from './recovering-store.ts';
import { decodeRequests, encodeAnswer, type Wire } from './store-protocol.ts';
import type { StoreRequest } from './store-request.ts';

/** The thread that alone writes the store's file. What arrives while a commit runs goes into the next one. */
export interface StoreWorkerData {
  path: string;
  head: HeadMemory;
}

/** What the main thread tells the worker: a port to serve, or that it is to end when all is answered. */
export type StoreWorkerOrder = { serve: MessagePort } | 'close';

/** A reply to one message of requests, in the order the messages came. */
export type StoreReply = { answers: Wire } | { failed: string };

/** Requests a transaction takes at most: it bounds how long one that comes now waits behind the others. */
const COMMIT_LIMIT = 1_000;

/**
 * From the start of one transaction to that of the next, at least: under load more share each disk flush, and each
 * waking of the threads that wait for it. What comes after a pause is stored at once.
 */
const GATHER_MS = 2;
/** A timer takes a millisecond at least: it is not set for less than half of one. */
const TIMER_MS = 0.5;

interface Waiting {
  port: MessagePort;
  requests: StoreRequest[];
}

const { path, head } = workerData as StoreWorkerData;
const store = openRecoveringStore(path);
const waiting: Waiting[] = [];
const ports: MessagePort[] = [];
let scheduled = false;
let begunMs = 0;
let closing = false;

function serve(port: MessagePort): void {
  ports.push(port);
  port.on('message', (wire: Wire) => {
    waiting.push({ port, requests: decodeRequests(wire) });
    schedule();
  });
}

/** The turn of the event loop in between lets every message that is already there join the commit. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  const restMs = begunMs + GATHER_MS - performance.now();
  if (restMs < TIMER_MS) setImmediate(turn);
  else setTimeout(turn, restMs);
}

function turn(): void {
  scheduled = false;
  if (waiting.length > 0) {
    commit(nextBatch());
    schedule();
  } else if (closing) close();
}

function nextBatch(): Waiting[] {
  let size = 0;
  let count = 0;
  while (count < waiting.length && (count === 0 || size + waiting[count]!.requests.length <= COMMIT_LIMIT)) {
    size += waiting[count]!.requests.length;
    count++;
  }
  return waiting.splice(0, count);
}

function commit(batch: Waiting[]): void {
  begunMs = performance.now();
  const requests = batch.flatMap((message) => message.requests);
  try {
    const answers = store.commit(requests);
    raiseHead(head, store.head());
    let at = 0;
    for (const { port, requests } of batch) {
      const wire: Wire = [];
      for (let i = 0; i < requests.length; i++) encodeAnswer(wire, answers[at++]!);
      port.postMessage({ answers: wire } satisfies StoreReply);
    }
  } catch (error) {
    for (const { port } of batch) port.postMessage({ failed: (error as Error).message } satisfies StoreReply);
  }
}

function close(): void {
  store.close();
  for (const port of ports) port.close();
  parentPort!.close();
}

raiseHead(head, store.head());
parentPort!.on('message', (order: StoreWorkerOrder) => {
  if (order === 'close') {
    closing = true;
    schedule();
  } else serve(order.serve);
});
parentPort!.postMessage('ready');
