import type { DatabaseSync } from 'node:sqlite';
import type { Decision } from '../../../domain/decision.ts';
import { DECISION_COLUMNS, decisionOfRow } from '../decision-row.ts';
import { type DecisionRow, STRETCH_SQL, stretchOf } from '../risk-database.ts';

/** What was decided. Answers come from what the risk processor has recorded so far. */
export interface DecisionQueries {
  /** The decision of the transaction at that position of the store: the quickest, where the position is known. */
  at(position: number): Promise<Decision | undefined>;
  ofTransaction(accountId: string, transactionId: string): Promise<Decision | undefined>;
  /** Of every account that has a transaction of that id, newest first, at most `limit`. */
  ofTransactionId(transactionId: string, limit: number): Promise<Decision[]>;
  /** At most `limit` decisions of an account, newest first, of revisions before `beforeRevision` (all if null). */
  ofAccount(accountId: string, beforeRevision: number | null, limit: number): Promise<Decision[]>;
  newestOfAccount(accountId: string): Promise<Decision | undefined>;
  /** Up to which position of the store transactions are decided. */
  reflected(): Promise<number>;
}

export function decisionQueries(database: DatabaseSync): DecisionQueries {
  const select = (rest: string) => database.prepare(`SELECT ${DECISION_COLUMNS} FROM decisions ${rest}`);
  const at = select('WHERE position = ?');
  const ofTransaction = select(`WHERE ${STRETCH_SQL} = ? AND transaction_id = ? AND account_id = ?`);
  const ofTransactionId = select(`WHERE ${STRETCH_SQL} = ? AND transaction_id = ? LIMIT ?`);
  const ofAccount = select(
    `WHERE ${STRETCH_SQL} = ? AND account_id = ? AND revision < ? ORDER BY revision DESC LIMIT ?`,
  );
  const ends = database.prepare(
    'SELECT (SELECT min(position) FROM decisions) AS oldest, (SELECT max(position) FROM decisions) AS newest',
  );
  const checkpoint = database.prepare('SELECT min(position) AS position FROM checkpoints');

  /** Asks stretch after stretch, newest first, until there are `limit` rows. */
  function newestFirst(limit: number, search: (stretch: number, missing: number) => unknown[]): Decision[] {
    const { oldest, newest } = ends.get() as { oldest: number | null; newest: number | null };
    const found: Decision[] = [];
    if (oldest === null || newest === null) return found;
    for (let stretch = stretchOf(newest); stretch >= stretchOf(oldest) && found.length < limit; stretch--) {
      const rows = search(stretch, limit - found.length) as DecisionRow[];
      if (rows.length > 0) found.push(...rows.map(decisionOfRow));
    }
    return found;
  }

  const pageOfAccount = (accountId: string, beforeRevision: number | null, limit: number) =>
    newestFirst(limit, (stretch, missing) =>
      ofAccount.all(stretch, accountId, beforeRevision ?? Number.MAX_SAFE_INTEGER, missing),
    );

  return {
    async at(position) {
      const row = at.get(position) as DecisionRow | undefined;
      return row && decisionOfRow(row);
    },
    ofTransaction: async (accountId, transactionId) =>
      newestFirst(1, (stretch) => ofTransaction.all(stretch, transactionId, accountId))[0],
    ofTransactionId: async (transactionId, limit) =>
      newestFirst(limit, (stretch, missing) => ofTransactionId.all(stretch, transactionId, missing)),
    ofAccount: async (accountId, beforeRevision, limit) => pageOfAccount(accountId, beforeRevision, limit),
    newestOfAccount: async (accountId) => pageOfAccount(accountId, null, 1)[0],
    reflected: async () => Number(checkpoint.get()?.position ?? 0),
  };
}
