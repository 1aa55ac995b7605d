import { accountStream, type FactDraft, UnknownSchemaVersion } from '../../domain/facts.ts';
import type { Submission } from '../../domain/ports.ts';
import { decideSubmission } from '../../domain/submission.ts';
import { factAppender, type NewestFact } from './fact-appender.ts';
import { type FactReader, factReads } from './fact-reader.ts';
import { DamagedFact } from './fact-row.ts';
import { openForWriting } from './facts-database.ts';
import type { StoreAnswer, StoreRequest } from './store-request.ts';

/** The one writer of a store's file. Blocks: it belongs into a thread of its own. */
export interface SqliteEventStore extends FactReader {
  /**
   * Carries out the requests in their order in one transaction; what is answered is durable.
   * @throws if the transaction failed: then nothing is acknowledged, and the store is to be closed and reopened
   */
  commit(requests: readonly StoreRequest[]): StoreAnswer[];
  newest(): NewestFact;
}

/** @throws NotAStore, NewerFormat */
export function openEventStore(path: string): SqliteEventStore {
  const database = openForWriting(path);
  const reads = factReads(database);
  const { tail, append, newest } = factAppender(database, reads);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');

  function answerSubmission(submission: Submission): StoreAnswer {
    const stream = accountStream(submission.accountId);
    const decision = decideSubmission(submission, reads.findByKey(stream, submission.transactionId));
    if (decision.kind !== 'append') return decision;
    return { kind: 'accepted', ...append(stream, tail(stream), [submission.draft]) };
  }

  function answerAppend(stream: string, expectedRevision: number, facts: readonly FactDraft[]): StoreAnswer {
    if (facts.length === 0)
      return { kind: 'failed', problem: `an append to ${stream} needs at least one fact` };
    const actualRevision = tail(stream);
    if (actualRevision !== expectedRevision) {
      return appendedBefore(stream, expectedRevision, facts) ?? { kind: 'elsewhere', actualRevision };
    }
    const keys = facts.map((fact) => fact.key).filter((key) => key !== null);
    const taken = keys.find((key, i) => keys.indexOf(key) < i || reads.findByKey(stream, key) !== undefined);
    if (taken !== undefined) return { kind: 'failed', problem: `${stream} already holds the key ${taken}` };
    return { kind: 'appended', ...append(stream, expectedRevision, facts) };
  }

  /** The first answer of an append, if this repeats one. */
  function appendedBefore(stream: string, expectedRevision: number, facts: readonly FactDraft[]) {
    const stored = reads.readStream(stream, expectedRevision + 1, facts.length);
    if (stored.length < facts.length || stored.some((fact, i) => fact.eventId !== facts[i]!.eventId))
      return undefined;
    const { revision, position } = stored.at(-1)!;
    return { kind: 'appended', revision, position } as const;
  }

  function answer(request: StoreRequest): StoreAnswer {
    try {
      return request.kind === 'submit'
        ? answerSubmission(request.submission)
        : answerAppend(request.stream, request.expectedRevision, request.facts);
    } catch (error) {
      // What is stored could not be read, so nothing of this request was inserted: the others need not suffer.
      if (error instanceof DamagedFact || error instanceof UnknownSchemaVersion) {
        return { kind: 'failed', problem: error.message };
      }
      throw error;
    }
  }

  return {
    ...reads,
    newest,
    commit(requests) {
      begin.run();
      const answers = requests.map(answer);
      commit.run();
      return answers;
    },
    close: () => database.close(),
  };
}
