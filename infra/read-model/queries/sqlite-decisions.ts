import type { DatabaseSync } from 'node:sqlite';
import type { Decision } from '../../../domain/decision.ts';
import { DECISION_COLUMNS, decisionOfRow } from '../decision-row.ts';
import { type DecisionRow, STRETCH_SQL, stretchOf } from '../risk-database.ts';
import type { DecisionQueries } from './decision-queries.ts';

/** Over risk.db. */
export function sqliteDecisionQueries(database: DatabaseSync): DecisionQueries {
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
    async at(_accountId, position) {
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
