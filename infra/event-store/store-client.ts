import type { MessagePort } from 'node:worker_threads';
import {
  type EventStore,
  StoreFailed,
  type StreamTails,
  type SubmissionOutcome,
  type Submissions,
  WrongExpectedRevision,
} from '../../domain/ports.ts';
import { type FactReader, openReader } from './fact-reader.ts';
import { type HeadMemory, headOf, headPast } from './head-signal.ts';
import { storePort } from './store-port.ts';

/** What a thread needs to use the store: send it with its port in the transfer list. */
export interface StoreAddress {
  path: string;
  port: MessagePort;
  head: HeadMemory;
}

export interface StoreClientOptions {
  /** Submissions of this client that may wait to be stored; more are refused as Overloaded. */
  waitingLimit?: number;
}

/**
 * The store as a thread sees it. Writes go to the store's thread, reads are done by a connection of the
 * calling thread, and what one caller submits for an account is stored in that order.
 */
export interface StoreClient extends EventStore, StreamTails, Submissions {
  /** Resolves with the head once it is past `position`, or with where it stands after `timeoutMs`. */
  headPast(position: number, timeoutMs: number): Promise<number>;
  /** The same reads without the promises. */
  reader: FactReader;
  /** Resolves when all that was asked is answered. */
  close(): Promise<void>;
}

export function storeClient(address: StoreAddress, options: StoreClientOptions = {}): StoreClient {
  const { waitingLimit = 20_000 } = options;
  const port = storePort(address.port);
  const reader = openReader(address.path);

  return {
    reader,
    async append(stream, expectedRevision, facts) {
      // Appends are few and their callers wait for them: only submissions can overrun the store.
      const answer = await port.request(
        { kind: 'append', stream, expectedRevision, facts },
        Number.POSITIVE_INFINITY,
      );
      if (answer.kind === 'appended') return { revision: answer.revision, position: answer.position };
      if (answer.kind === 'elsewhere') {
        throw new WrongExpectedRevision(stream, expectedRevision, answer.actualRevision);
      }
      throw new StoreFailed(
        answer.kind === 'failed' ? answer.problem : `it answered an append as ${answer.kind}`,
      );
    },
    async submit(submission) {
      const answer = await port.request({ kind: 'submit', submission }, waitingLimit);
      if (answer.kind === 'failed') throw new StoreFailed(answer.problem);
      return answer as SubmissionOutcome;
    },
    find: async (accountId, transactionId) => reader.find(accountId, transactionId),
    newestOf: async (stream) => reader.newestOf(stream),
    readStream: async (stream, fromRevision, limit) => reader.readStream(stream, fromRevision, limit),
    readAll: async (afterPosition, limit) => reader.readAll(afterPosition, limit),
    readOthers: async (afterPosition, limit) => reader.readOthers(afterPosition, limit),
    readAt: async (position) => reader.readAt(position),
    head: async () => headOf(address.head),
    headPast: (position, timeoutMs) => headPast(address.head, position, timeoutMs),
    async close() {
      await port.close();
      reader.close();
    },
  };
}
