import { setTimeout as delay } from 'node:timers/promises';
import { accountStream, type StoredFact } from '../../domain/facts.ts';
import {
  Overloaded,
  StoreFailed,
  type Submission,
  type SubmissionOutcome,
  WrongExpectedRevision,
} from '../../domain/ports.ts';
import { decideSubmission } from '../../domain/submission.ts';
import type { Lane } from './account-lanes.ts';
import type { AccountStretch } from './account-stretch.ts';
import type { EventStoreDb } from './event-store-db.ts';
import type { StretchReader } from './stretch-reader.ts';
import type { ProposedMessage } from './wire-event.ts';

export interface WaitingSubmission {
  submission: Submission;
  message: ProposedMessage;
  bytes: number;
  resolve(outcome: SubmissionOutcome): void;
  reject(error: unknown): void;
}

/** One append, at most: well below what servers take by default, 1 MiB. */
const APPEND_FACTS = 500;
export const APPEND_BYTES = 512 * 1024;
/** Longest wait after another process was faster, doubled from the first on. */
const FIRST_WAIT_MS = 4;
const MAX_WAIT_MS = 128;
/** How long others may be faster before it is told as overload. */
const CONTENDED_MS = 20_000;

type Store = Pick<EventStoreDb, 'appendMessages' | 'readStream'>;

/** Settles what waits for an account, until an append went through or none was needed. Never rejects. */
export async function settleSubmissions(
  store: Store,
  reader: StretchReader,
  accountId: string,
  lane: Lane<WaitingSubmission>,
): Promise<void> {
  const batch = new SubmissionBatch(store, reader, accountId);
  try {
    const until = performance.now() + CONTENDED_MS;
    let waitMs = FIRST_WAIT_MS;
    for (;;) {
      await batch.admit(lane);
      if (await batch.settle()) return;
      if (performance.now() > until) throw new Overloaded(1_000);
      await delay(Math.random() * waitMs);
      waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
      await batch.readTail();
    }
  } catch (error) {
    batch.fail(error);
  }
}

/** Submissions of one account on their way into one append. */
class SubmissionBatch {
  readonly #store: Store;
  readonly #reader: StretchReader;
  readonly #accountId: string;
  readonly #stream: string;
  /** Revisions by transaction, from the index. */
  readonly #indexed = new Map<string, number>();
  #waiting: WaitingSubmission[] = [];
  #stretch: AccountStretch | undefined;
  /** Whether the stretch was read to the stream's end after everything in the batch was submitted. */
  #isFresh = false;

  constructor(store: Store, reader: StretchReader, accountId: string) {
    this.#store = store;
    this.#reader = reader;
    this.#accountId = accountId;
    this.#stream = accountStream(accountId);
    this.#stretch = reader.remembered(accountId);
  }

  /** Takes in what waits, as far as it fits into one append, and looks it up. */
  async admit(lane: Lane<WaitingSubmission>): Promise<void> {
    const bytes = this.#waiting.reduce((sum, waiting) => sum + waiting.bytes, 0);
    const taken = lane.take(APPEND_FACTS - this.#waiting.length, APPEND_BYTES - bytes);
    if (taken.length === 0) return;
    this.#waiting.push(...taken);
    this.#isFresh = false;
    const ids = taken.map(({ submission }) => submission.transactionId);
    this.#stretch = await this.#reader.learn(this.#accountId, ids, this.#stretch, this.#indexed);
  }

  async readTail(): Promise<void> {
    await this.#reader.readTail(this.#accountId, this.#stretch!);
    this.#isFresh = true;
  }

  /** @returns whether all are answered; else the stream has grown meanwhile */
  async settle(): Promise<boolean> {
    // Only who has seen the stream's end may say that a transaction is not in it.
    if (!this.#isFresh && this.#waiting.some((waiting) => this.#wouldRefuse(waiting))) await this.readTail();
    const { first, repeats } = await this.#answerKnown();
    this.#waiting = [...first.values(), ...repeats];
    const appended = first.size === 0 ? [] : await this.#append([...first.values()]);
    if (appended === undefined) return false;
    for (const fact of appended) {
      first.get(fact.key!)!.resolve({ kind: 'accepted', revision: fact.revision, position: fact.position });
      for (const { submission, resolve } of repeats) {
        if (submission.transactionId === fact.key) resolve(outcomeOf(submission, fact));
      }
    }
    this.#waiting = [];
    this.#stretch!.extend(appended);
    this.#reader.remember(this.#accountId, this.#stretch!);
    return true;
  }

  fail(error: unknown): void {
    for (const { reject } of this.#waiting) reject(error);
  }

  #revisionOf(transactionId: string): number | undefined {
    return this.#stretch!.revisionOf(transactionId) ?? this.#indexed.get(transactionId);
  }

  #wouldRefuse({ submission }: WaitingSubmission): boolean {
    return (
      this.#revisionOf(submission.transactionId) === undefined &&
      decideSubmission(submission, undefined).kind === 'refused'
    );
  }

  /** Answers what is known or refused. @returns the rest: the first of each transaction, and what repeats them */
  async #answerKnown() {
    const first = new Map<string, WaitingSubmission>();
    const repeats: WaitingSubmission[] = [];
    for (const waiting of this.#waiting) {
      const { transactionId } = waiting.submission;
      const revision = this.#revisionOf(transactionId);
      if (first.has(transactionId)) repeats.push(waiting);
      else if (revision !== undefined) await this.#answerBy(revision, waiting);
      else if (!this.#refuse(waiting)) first.set(transactionId, waiting);
    }
    return { first, repeats };
  }

  #refuse({ submission, resolve }: WaitingSubmission): boolean {
    const decision = decideSubmission(submission, undefined);
    if (decision.kind === 'append') return false;
    resolve(decision);
    return true;
  }

  /** A fact that cannot be read fails its own submission only. */
  async #answerBy(revision: number, { submission, resolve, reject }: WaitingSubmission): Promise<void> {
    try {
      resolve(
        outcomeOf(submission, await this.#reader.factAt(this.#stream, revision, submission.transactionId)),
      );
    } catch (error) {
      reject(error);
    }
  }

  /** @returns the facts where they stand, or undefined if the stream has grown meanwhile */
  async #append(first: readonly WaitingSubmission[]): Promise<StoredFact[] | undefined> {
    const expected = this.#stretch!.to;
    const messages = first.map(({ message }) => message);
    const appended = await this.#store.appendMessages(this.#stream, expected, messages).catch((error) => {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      if (error.actualRevision > expected) return undefined;
      this.#reader.forget(this.#accountId);
      throw new StoreFailed(
        `${this.#stream} ends at revision ${error.actualRevision}, but was known up to ${expected}: the index of transactions belongs to another history`,
      );
    });
    if (appended === undefined) return undefined;
    const { revision, position } = appended;
    if (first.length === 1) {
      return [{ ...first[0]!.submission.draft, stream: this.#stream, revision, position }];
    }
    // The answer tells the position of the last fact only.
    const stored = await this.#store.readStream(this.#stream, revision - first.length + 1, first.length);
    if (
      stored.length < first.length ||
      stored.some(({ eventId }, i) => eventId !== first[i]!.submission.draft.eventId)
    ) {
      throw new StoreFailed(`${this.#stream} does not hold what was appended behind revision ${expected}`);
    }
    return stored;
  }
}

function outcomeOf(submission: Submission, known: StoredFact): SubmissionOutcome {
  return decideSubmission(submission, known) as SubmissionOutcome;
}
