import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { NO_STREAM } from '../../domain/facts.ts';
import { StoreFailed } from '../../domain/ports.ts';
import { type Connection, DeadlinePassed } from './connection.ts';
import { type ProposedMessage, sizeOf } from './wire-event.ts';

/** Bytes of one message: a server takes 4 MiB at least. */
const CHUNK_BYTES = 1024 * 1024;

export interface BatchAppendRequest {
  stream: string;
  /** The stream's last revision, or NO_STREAM. Never "any": only an explicit one makes a repeat harmless. */
  expectedRevision: number;
  messages: readonly ProposedMessage[];
}

export type BatchAppendAnswer =
  | { kind: 'appended'; revision: number; position: number }
  | { kind: 'elsewhere'; actualRevision: number };

/**
 * One attempt of an append each. All travel in one call, told apart by correlation ids, and each has its own deadline.
 * An attempt that fails has an unknown outcome; when the call breaks off, only what it carried fails, and the next
 * attempt opens another.
 */
export interface BatchAppends {
  /** @throws StoreFailed if it was refused for good, any other error if it may be tried again */
  attempt(request: BatchAppendRequest): Promise<BatchAppendAnswer>;
  close(): void;
}

interface Waiter {
  resolve(answer: BatchAppendAnswer): void;
  reject(error: Error): void;
}

/** The call while it lasts. */
interface Wire {
  write(request: streams.BatchAppendReq): void;
  cancel(): void;
  waiters: Map<string, Waiter>;
  /** When the server last said something. */
  heardAtMs: number;
}

export function batchAppends(connection: Connection, deadlineMs: number): BatchAppends {
  let current: Promise<Wire> | undefined;

  function open(): Promise<Wire> {
    const { promise, resolve, reject } = Promise.withResolvers<Wire>();
    const waiters = new Map<string, Waiter>();
    const lost = (error: Error) => {
      if (current === promise) current = undefined;
      reject(error);
      for (const waiter of waiters.values()) waiter.reject(error);
      waiters.clear();
    };
    connection
      .call((client, metadata, options) => {
        const call = client.batchAppend(metadata, options);
        const wire: Wire = {
          write: (request) => call.write(request),
          cancel: () => call.cancel(),
          waiters,
          heardAtMs: 0,
        };
        resolve(wire);
        return new Promise<void>((ended, broken) => {
          call.on('data', (answer: streams.BatchAppendResp) => hear(wire, answer));
          call.on('error', broken).on('end', ended);
        });
      })
      .then(() => lost(new Error('the server ended the call')), lost);
    return promise;
  }

  async function attempt(request: BatchAppendRequest): Promise<BatchAppendAnswer> {
    const askedAtMs = performance.now();
    current ??= open();
    const opening = current;
    const { promise, resolve, reject } = Promise.withResolvers<BatchAppendAnswer>();
    const correlationId = randomUUID();
    const timer = setTimeout(() => {
      reject(new DeadlinePassed(deadlineMs));
      opening.then(
        (wire) => {
          wire.waiters.delete(correlationId);
          // Silent since before it was asked: the connection itself may be dead.
          if (wire.heardAtMs < askedAtMs) wire.cancel();
        },
        // It never opened: the next attempt opens another.
        () => {},
      );
    }, deadlineMs);
    try {
      const wire = await Promise.race([opening, promise as Promise<never>]);
      wire.waiters.set(correlationId, { resolve, reject });
      for (const chunk of chunksOf(correlationId, request)) wire.write(chunk);
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    attempt,
    close() {
      current?.then(
        (wire) => wire.cancel(),
        () => {},
      );
    },
  };
}

function hear(wire: Wire, answer: streams.BatchAppendResp): void {
  wire.heardAtMs = performance.now();
  const correlationId = answer.getCorrelationId()!.getString();
  const waiter = wire.waiters.get(correlationId);
  // An answer that comes after its deadline is no news: the append is being repeated.
  if (waiter === undefined) return;
  wire.waiters.delete(correlationId);
  try {
    waiter.resolve(readAnswer(answer));
  } catch (error) {
    waiter.reject(error as Error);
  }
}

const ERRORS = 'event_store.client.';
/** Refusals that trying again cannot change. */
const REFUSALS = ['AccessDenied', 'BadRequest', 'InvalidTransaction', 'StreamDeleted'];

function readAnswer(answer: streams.BatchAppendResp): BatchAppendAnswer {
  const success = answer.getSuccess();
  if (success !== undefined) {
    const position = Number(success.getPosition()!.getCommitPosition());
    return { kind: 'appended', revision: Number(success.getCurrentRevision()), position };
  }
  const error = answer.getError()!;
  const details = error.getDetails();
  const name = details?.getTypeName().replace(ERRORS, '') ?? '';
  if (name === 'WrongExpectedVersion') {
    const wrong = shared.WrongExpectedVersion.deserializeBinary(details!.getValue_asU8());
    const actualRevision = wrong.hasCurrentStreamRevision()
      ? Number(wrong.getCurrentStreamRevision())
      : NO_STREAM;
    return { kind: 'elsewhere', actualRevision };
  }
  if (name.startsWith('MaximumAppend')) {
    throw new StoreFailed(`an append is bigger than the server takes (its settings MaxAppendSize): ${name}`);
  }
  if (REFUSALS.includes(name)) throw new StoreFailed(`it refused an append: ${name} ${error.getMessage()}`);
  throw new Error(`the server answered ${error.getMessage() || name || 'an append with an unknown error'}`);
}

/** The deadline is kept here, not sent: the server would compare it with its own clock. */
function* chunksOf(
  correlationId: string,
  { stream, expectedRevision, messages }: BatchAppendRequest,
): Generator<streams.BatchAppendReq> {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  if (expectedRevision === NO_STREAM) options.setNoStream(new empty.Empty());
  else options.setStreamPosition(String(expectedRevision));
  const chunk = () =>
    new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(correlationId));
  let filling = chunk().setOptions(options);
  let bytes = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    if (bytes > 0 && bytes + size > CHUNK_BYTES) {
      yield filling;
      filling = chunk();
      bytes = 0;
    }
    filling.addProposedMessages(message);
    bytes += size;
  }
  yield filling.setIsFinal(true);
}
