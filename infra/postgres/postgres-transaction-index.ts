import { NO_STREAM } from '../../domain/facts.ts';
import type { TransactionIndex } from '../../domain/ports.ts';
import { decisionsTable, partitionOfAccount, type RiskTables } from './risk-tables.ts';

/**
 * The decisions are an index of the transactions: every transaction gets one, whatever the rules say of it.
 *
 * The newest revision among an account's decisions is a true `seenRevision`, for of the account's transactions up
 * to it none can be missing: the partition's owner adds decisions in the order of revisions, a commit whole or not
 * at all, and only from the very checkpoint where the one before it ended; a rebuild comes in whole, by renaming
 * its table, never behind the checkpoint that it replaces (or of another history, and then with fewer: what it does
 * not know the reader finds in the stream). Facts of other types raise no decision, so the newest revision may lie
 * below what was folded; then a reader looks through facts it need not have, and finds nothing. A transaction that
 * was passed by unread has no decision either: it has a row of its own, written in the same commit, or it would be
 * a hole.
 *
 * Both answers come from one statement, so of one moment: asked one after the other, a commit between them could
 * give a revision that covers the transaction beside the older answer that it is unknown. The tables are looked up
 * by name when it starts, thus it sees either the old ones or the rebuilt ones.
 */
export function postgresTransactionIndex(tables: RiskTables): TransactionIndex {
  return {
    async lookUp(accountId, transactionId) {
      const partition = partitionOfAccount(tables, accountId);
      const decisions = decisionsTable(partition);
      const { rows } = await tables.pool.query<{ seen: number | null; revision: number | null }>({
        name: `look-up-p${partition}`,
        text: `SELECT
          (SELECT max(revision) FROM ${decisions} WHERE account_id = $1) AS seen,
          coalesce(
            (SELECT revision FROM ${decisions} WHERE account_id = $1 AND transaction_id = $2 LIMIT 1),
            (SELECT revision FROM passed_transactions WHERE account_id = $1 AND transaction_id = $2)
          ) AS revision`,
        values: [accountId, transactionId],
      });
      const { seen, revision } = rows[0]!;
      return { seenRevision: seen ?? NO_STREAM, revision };
    },
  };
}
