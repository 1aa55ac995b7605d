import type { Decision } from './decision.ts';
import type { DeadLetter, ExportRecord, ExportTopic, LetterFilter, LetterKey } from './export-record.ts';
import type { FactDraft, FeatureValue, RuleSetVersion, StoredFact } from './facts.ts';

/** What an append that found the stream elsewhere is refused with. */
export class WrongExpectedRevision extends Error {
  readonly actualRevision: number;
  constructor(stream: string, expected: number, actual: number) {
    super(`${stream}: expected revision ${expected}, found ${actual}`);
    this.name = 'WrongExpectedRevision';
    this.actualRevision = actual;
  }
}

/** The store had no room in its queue. Nothing was stored; the caller may try again. */
export class Overloaded extends Error {
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super('too many submissions wait to be stored');
    this.name = 'Overloaded';
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The store could not make something durable, or could not say that it did: its outcome is unknown. Asked again with
 * the same ids it answers as the first time, and stores nothing twice.
 */
export class StoreFailed extends Error {
  constructor(problem: string) {
    super(`the store failed: ${problem}`);
    this.name = 'StoreFailed';
  }
}

/**
 * What an answer takes, beside the event store, does not answer. What was asked may have been done or not; who asks
 * again, in the same words, does no harm.
 */
export class Unavailable extends Error {
  readonly retryAfterMs: number;
  constructor(cause: unknown, retryAfterMs: number) {
    super(`an engine does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'Unavailable';
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Appended {
  /** Revision and position of the last fact appended. */
  revision: number;
  position: number;
}

/** The only durable truth. */
export interface EventStore {
  /**
   * Appends all facts or none, durable when it resolves. Repeating an append with the same event ids and the
   * same expected revision gives the first answer.
   * @param expectedRevision the stream's last revision, or NO_STREAM
   * @throws WrongExpectedRevision
   */
  append(stream: string, expectedRevision: number, facts: readonly FactDraft[]): Promise<Appended>;
  /** At most `limit` facts of one stream from `fromRevision` on, in order; empty at its end. */
  readStream(stream: string, fromRevision: number, limit: number): Promise<StoredFact[]>;
  /** At most `limit` facts of all streams after `afterPosition`, in global order; empty at the head. */
  readAll(afterPosition: number, limit: number): Promise<StoredFact[]>;
  /** As readAll, without the transactions: few facts in many. */
  readOthers(afterPosition: number, limit: number): Promise<StoredFact[]>;
  /** The fact at exactly that position, if there is one. */
  readAt(position: number): Promise<StoredFact | undefined>;
  /** Position of the newest fact, 0 in an empty store. */
  head(): Promise<number>;
}

/** The ends of streams. */
export interface StreamTails {
  /** The newest fact of a stream, if it has any. */
  newestOf(stream: string): Promise<StoredFact | undefined>;
}

/** What a payment system hands in, once the door has checked and converted it. */
export interface Submission {
  accountId: string;
  transactionId: string;
  occurredAtMs: number;
  /** The TransactionSubmitted fact to append if the transaction is new. */
  draft: FactDraft;
  /** Transactions that occurred earlier or later than this are refused if they are new, in ms; null for imports' past. */
  notBeforeMs: number | null;
  notAfterMs: number;
}

export type SubmissionOutcome =
  | { kind: 'accepted'; revision: number; position: number }
  /** The same content was submitted before: its first answer. */
  | { kind: 'known'; revision: number; position: number }
  /** Other content was submitted before under this id. */
  | { kind: 'conflict'; revision: number; position: number; fields: string[] }
  | { kind: 'refused'; field: string; problem: string };

/** The door's way into the store: idempotent for ever, durable when it resolves, revisions dense per account. */
export interface Submissions {
  /** @throws Overloaded */
  submit(submission: Submission): Promise<SubmissionOutcome>;
  /** What is known of a transaction, if anything. */
  find(accountId: string, transactionId: string): Promise<StoredFact | undefined>;
}

/**
 * One delivery of the log: the fact at `position`, and the statement that of its partition nothing else lies in
 * (from, position]. Without a fact it is a tick.
 */
export interface LogRecord {
  partition: number;
  from: number;
  position: number;
  fact: StoredFact | null;
  /** The rule set in force for the fact. Null on ticks, and where none was active yet. */
  ruleSet: RuleSetVersion | null;
  /** Of a transaction: the values of the features that are not kept by account. None by default. */
  stamps?: readonly FeatureValue[];
  /** Where the log holds it within the partition; a log that is the store itself has no offsets. */
  offset?: number;
}

/**
 * The mirrored facts. It may lose, repeat and reorder records, and may give what lies before `afterPosition`:
 * the intervals say so, and the reader mends it from the store.
 */
export interface Log {
  /** At most `limit` records of the partition, wanted from `afterPosition` on; empty when there are none yet. */
  poll(partition: number, afterPosition: number, limit: number): Promise<LogRecord[]>;
  /** Resolves when the partition may have more than up to `afterPosition`, or after `timeoutMs`. */
  waitForMore(partition: number, afterPosition: number, timeoutMs: number): Promise<void>;
}

/** Takes the mirror's records. */
export interface LogPublisher {
  /**
   * Resolves when every record is durable in the log, those of each partition in the order given.
   * @throws any error: some may be there and some not; the mirror goes on from its checkpoint, and repeats them
   */
  publish(records: readonly LogRecord[]): Promise<void>;
}

/** Up to which position the store is mirrored, of one log. */
export interface MirrorCheckpoints {
  read(): Promise<number>;
  /** Never lowers it. */
  raise(position: number): Promise<void>;
}

/** One of several processes does the work, the others stand by. */
export interface Leadership {
  /** Resolves when this process leads; rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<Lease>;
}

export interface Lease {
  /** Aborted when leadership is lost, or given back. */
  lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * What a read model of the store knows of transactions. It may lag, and both answers are of the same moment: what
 * the account's stream holds beyond `seenRevision` is for the reader to look through.
 */
export interface TransactionIndex {
  lookUp(accountId: string, transactionId: string): Promise<TransactionSeen>;
}

export interface TransactionSeen {
  /** Everything of the account up to here is known; NO_STREAM where nothing is. */
  seenRevision: number;
  /** Of the transaction in its account's stream, if it is known. */
  revision: number | null;
}

/** Everything up to `position` was handled; `eventId` is of the fact there, to tell another history from this one. */
export interface Checkpoint {
  partition: number;
  position: number;
  eventId: string | null;
  /** Where to read on in a log that has offsets: a shortcut only, for the positions say what was handled. */
  offset?: number | null;
}

/** An account's columns at a revision, as the fold wrote them. */
export interface Snapshot {
  accountId: string;
  revision: number;
  /** Event id of the fact at that revision. */
  eventId: string;
  /** What the columns hold; another plan cannot use them. */
  planHash: string;
  bytes: Uint8Array;
}

/** All entities of a plan as of a position, in pages. */
export interface EntitySnapshot {
  /** Of who wrote it, so that two who write at once do not mix. */
  run: string;
  planHash: string;
  position: number;
  /** Event id of the fact at that position. */
  eventId: string;
  pages: number;
}

/** Keeps the newest few. One that is missing costs time only. */
export interface EntitySnapshots {
  /** The newest whole one of the plan at or before `upTo`. */
  newest(planHash: string, upTo: number): Promise<EntitySnapshot | undefined>;
  /** @returns undefined where it was removed meanwhile */
  readPage(run: string, page: number): Promise<Uint8Array | undefined>;
  writePage(run: string, page: number, bytes: Uint8Array): Promise<void>;
  /** Makes it a whole one, if all its pages are there; older ones are removed. */
  finish(snapshot: EntitySnapshot): Promise<void>;
}

/**
 * A transaction that was excluded before any version had read it. It has no decision, yet it was submitted: what
 * knows transactions by their decisions must know it too.
 */
export interface PassedTransaction {
  accountId: string;
  revision: number;
  transactionId: string;
}

/** What one step of the risk processor makes durable at once. */
export interface RiskCommit {
  from: Checkpoint;
  to: Checkpoint;
  decisions: readonly Decision[];
  snapshots: readonly Snapshot[];
  /** None by default. */
  passed?: readonly PassedTransaction[];
}

/** Decisions, snapshots and the processor's checkpoints: one transaction. */
export interface RiskStore {
  checkpoint(partition: number): Promise<Checkpoint>;
  /** Writes all if the partition's checkpoint still is `from`, else nothing. @returns whether it was written */
  commit(commit: RiskCommit): Promise<boolean>;
  /** The newest snapshot of each account that has one. */
  snapshots(accountIds: readonly string[], planHash: string): Promise<Snapshot[]>;
  /** At most `limit` recorded decisions after `afterPosition`, in the order of their positions. */
  readDecisions(partition: number, afterPosition: number, limit: number): Promise<Decision[]>;
}

/** What was rebuilt of one stretch of history. */
export interface RebuiltStep {
  decisions: readonly Decision[];
  snapshots: readonly Snapshot[];
  /** None by default. */
  passed?: readonly PassedTransaction[];
}

/** Decisions and snapshots of one partition rebuilt beside the live ones, which are read and written on meanwhile. */
export interface RiskRebuild {
  /** Empty tables beside the live ones; what an earlier rebuild left there is gone. */
  begin(partition: number): Promise<void>;
  append(step: RebuiltStep): Promise<void>;
  /**
   * In one transaction: puts the rebuilt decisions and snapshots in the place of the live ones and sets the
   * checkpoint to `to`, if the live checkpoint is not past it; else changes nothing.
   * @param evenIfPast also when the live checkpoint is past it: it belongs to another history
   * @returns whether it was done
   */
  swap(to: Checkpoint, evenIfPast: boolean): Promise<boolean>;
}

/** Tells others what was decided. */
export interface Exports {
  /**
   * Resolves when every record is durable where others read it, or kept as a dead letter. Of each account a record
   * never overtakes an earlier one of its topic.
   * @param from the checkpoint after which they were decided
   * @returns false where another owner has moved that checkpoint, and so decides itself what is told
   */
  deliver(from: Checkpoint, records: readonly ExportRecord[]): Promise<boolean>;
}

/** Topics that others read. */
export interface ExportLog {
  /**
   * Appends records of one topic to one of its partitions, in the order given; durable when it resolves.
   * @throws RecordsRefused if it will never take all of them together, and none was appended; any other error: some
   * may be there and some not
   */
  append(topic: ExportTopic, partition: number, records: readonly ExportRecord[]): Promise<void>;
}

/** What an export could not deliver, in order by topic and account, until it is delivered again. */
export interface DeadLetters {
  /** Which of the accounts have some. */
  accountsOf(topic: ExportTopic, accountIds: readonly string[]): Promise<Set<string>>;
  /**
   * Keeps letters, those of accounts alone that have some already if they are to wait behind them. One that is kept
   * already stays as it is.
   * @param from the checkpoint after which the records were decided
   * @returns accounts whose letters are kept; undefined where another owner has moved the checkpoint: nothing was done
   */
  keep(
    from: Checkpoint,
    letters: readonly DeadLetter[],
    place: 'first' | 'behind others',
  ): Promise<Set<string> | undefined>;
  /** At most `limit` letters in order by topic, account and revision. */
  read(filter: LetterFilter, after: LetterKey | undefined, limit: number): Promise<DeadLetter[]>;
  /** They were delivered. */
  remove(keys: readonly LetterKey[]): Promise<void>;
  /** Delivering it again failed too. */
  blame(key: LetterKey, problem: string): Promise<void>;
}
