import { accountStream, type StoredFact } from '../../domain/facts.ts';
import {
  StoreFailed,
  type Submission,
  type SubmissionOutcome,
  type Submissions,
  type TransactionIndex,
} from '../../domain/ports.ts';
import { accountLanes } from './account-lanes.ts';
import type { EventStoreDb } from './event-store-db.ts';
import { APPEND_BYTES, settleSubmissions, type WaitingSubmission } from './settle-submissions.ts';
import { stretchCache } from './stretch-cache.ts';
import { StretchReader } from './stretch-reader.ts';
import { messageOfFact, sizeOf } from './wire-event.ts';

export interface SubmissionsOptions {
  /** Submissions that may wait; more are refused as Overloaded. */
  waitingLimit?: number;
  /** Accounts that are appended to at once. */
  parallel?: number;
  /** Transactions and accounts remembered, about 100 bytes each. */
  remembered?: number;
}

/**
 * Submissions, idempotent for ever (docs/adr/0010): what the index knows, what lies behind that in the account's
 * stream, then an append that expects exactly what was looked through. What waits for one account goes into one
 * append. Any number of processes may do this at once.
 */
export function submissionsTo(
  store: EventStoreDb,
  index: TransactionIndex,
  options: SubmissionsOptions = {},
): Submissions {
  const { waitingLimit = 20_000, parallel = 256, remembered = 200_000 } = options;
  const reader = new StretchReader(store, index, stretchCache(remembered));
  const lanes = accountLanes<WaitingSubmission>(
    (accountId, lane) => settleSubmissions(store, reader, accountId, lane),
    { waitingLimit, parallel },
  );

  return {
    async submit(submission: Submission): Promise<SubmissionOutcome> {
      // Here, so that one that cannot be stored fails alone.
      const message = messageOfFact(submission.draft);
      const bytes = sizeOf(message);
      if (bytes > APPEND_BYTES) {
        throw new StoreFailed(
          `a transaction of ${bytes} bytes is bigger than ${APPEND_BYTES}, and was not stored`,
        );
      }
      const { promise, resolve, reject } = Promise.withResolvers<SubmissionOutcome>();
      lanes.enter(submission.accountId, { submission, message, bytes, resolve, reject });
      return promise;
    },
    async find(accountId, transactionId): Promise<StoredFact | undefined> {
      const revision = await reader.find(accountId, transactionId);
      return revision === undefined
        ? undefined
        : reader.factAt(accountStream(accountId), revision, transactionId);
    },
  };
}
