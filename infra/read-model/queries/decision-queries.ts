import type { Decision } from '../../../domain/decision.ts';

/** What was decided. Answers come from what the risk processor has recorded so far. */
export interface DecisionQueries {
  /** The decision of the account's transaction at that position of the store: the quickest, where the position is known. */
  at(accountId: string, position: number): Promise<Decision | undefined>;
  ofTransaction(accountId: string, transactionId: string): Promise<Decision | undefined>;
  /** Of every account that has a transaction of that id, newest first, at most `limit`. */
  ofTransactionId(transactionId: string, limit: number): Promise<Decision[]>;
  /** At most `limit` decisions of an account, newest first, of revisions before `beforeRevision` (all if null). */
  ofAccount(accountId: string, beforeRevision: number | null, limit: number): Promise<Decision[]>;
  newestOfAccount(accountId: string): Promise<Decision | undefined>;
  /** Up to which position of the store transactions are decided. */
  reflected(): Promise<number>;
}
