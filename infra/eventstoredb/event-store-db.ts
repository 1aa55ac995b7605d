import { type FactDraft, NO_STREAM } from '../../domain/facts.ts';
import { type Appended, type EventStore, StoreFailed, WrongExpectedRevision } from '../../domain/ports.ts';
import { batchAppends } from './batch-append.ts';
import { connectTo } from './connection.ts';
import { type FactReads, factReads } from './fact-reads.ts';
import { headWatch } from './head-watch.ts';
import { otherFacts } from './other-facts.ts';
import { retrying } from './retrying.ts';
import { messageOfFact, type ProposedMessage } from './wire-event.ts';

export interface EventStoreDbOptions {
  /** For the server's answer to one attempt. It gives up on an append after about 2 s itself. */
  deadlineMs?: number;
  /** How long what failed is tried again before it is an error. */
  giveUpMs?: number;
}

export interface EventStoreDb extends EventStore {
  /** Resolves with the head once it is past `position`, or with where it stands after `timeoutMs`. */
  headPast(position: number, timeoutMs: number): Promise<number>;
  /**
   * For who reads on whenever there may be more, without asking for the head first. Resolves when something may have
   * been stored since this gave `stirs`, or after `timeoutMs`: a connection may be dead without knowing it.
   * @param stirs 0 at first
   */
  stirredSince(stirs: number, timeoutMs: number): Promise<number>;
  tail: FactReads['tail'];
  /**
   * An append of facts that are encoded already. The answer is of the first attempt that came through.
   * @throws WrongExpectedRevision, StoreFailed
   */
  appendMessages(
    stream: string,
    expectedRevision: number,
    messages: readonly ProposedMessage[],
  ): Promise<Appended>;
  close(): Promise<void>;
}

/** Longest sleep of a reader whose subscription may be dead without knowing it. */
const POLL_MS = 1_000;
const KEY_CHECK_PAGE = 2_000;

/**
 * The event store in EventStoreDB or KurrentDB. Every append expects an explicit revision and is repeated with the
 * same event ids until its outcome is known.
 * @param url connection string; @throws if it is none
 */
export function openEventStoreDb(url: string, options: EventStoreDbOptions = {}): EventStoreDb {
  const { deadlineMs = 5_000, giveUpMs = 30_000 } = options;
  const connection = connectTo(url);
  const appends = batchAppends(connection, deadlineMs);
  const reads = factReads(connection, { deadlineMs, giveUpMs });
  const watch = headWatch(connection);

  async function appendMessages(
    stream: string,
    expectedRevision: number,
    messages: readonly ProposedMessage[],
  ): Promise<Appended> {
    const request = { stream, expectedRevision, messages };
    const answer = await retrying(`an append to ${stream}`, giveUpMs, () => appends.attempt(request));
    if (answer.kind === 'elsewhere')
      throw new WrongExpectedRevision(stream, expectedRevision, answer.actualRevision);
    return { revision: answer.revision, position: answer.position };
  }

  async function append(stream: string, expectedRevision: number, facts: readonly FactDraft[]) {
    if (facts.length === 0) throw new StoreFailed(`an append to ${stream} needs at least one fact`);
    if (expectedRevision < NO_STREAM) {
      throw new WrongExpectedRevision(stream, expectedRevision, await reads.tail(stream));
    }
    await refuseTakenKeys(reads, stream, expectedRevision, facts);
    return appendMessages(stream, expectedRevision, facts.map(messageOfFact));
  }

  async function headPast(position: number, timeoutMs: number): Promise<number> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const stirred = watch.stirred(Math.max(0, Math.min(POLL_MS, until - performance.now())));
      const head = await reads.head();
      if (head > position || performance.now() >= until) return head;
      await stirred;
    }
  }

  return {
    ...reads,
    append,
    appendMessages,
    headPast,
    async stirredSince(stirs, timeoutMs) {
      if (watch.stirs() <= stirs) await watch.stirred(Math.min(timeoutMs, POLL_MS));
      return watch.stirs();
    },
    readOthers: otherFacts(connection, reads, { deadlineMs, giveUpMs }),
    async close() {
      appends.close();
      watch.close();
      await connection.close();
    },
  };
}

/**
 * Keys are unique in their stream. What is up to the expected revision cannot change, and the append itself sees to
 * it that nothing lies behind. Only submissions carry keys, and they have their own way in: this is slow and rare.
 */
async function refuseTakenKeys(
  reads: FactReads,
  stream: string,
  expectedRevision: number,
  facts: readonly FactDraft[],
): Promise<void> {
  const keys = facts.map(({ key }) => key).filter((key) => key !== null);
  if (keys.length === 0) return;
  let taken = keys.find((key, i) => keys.indexOf(key) < i);
  for (let from = 0; from <= expectedRevision && taken === undefined; from += KEY_CHECK_PAGE) {
    const limit = Math.min(KEY_CHECK_PAGE, expectedRevision + 1 - from);
    const stored = new Set((await reads.readStream(stream, from, limit)).map(({ key }) => key));
    taken = keys.find((key) => stored.has(key));
  }
  if (taken !== undefined) throw new StoreFailed(`${stream} already holds the key ${taken}`);
}
