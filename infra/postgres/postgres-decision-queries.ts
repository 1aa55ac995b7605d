import type { Decision } from '../../domain/decision.ts';
import { DECISION_COLUMNS, decisionOfRow } from '../read-model/decision-row.ts';
import type { DecisionQueries } from '../read-model/queries/decision-queries.ts';
import type { DecisionRow } from '../read-model/risk-database.ts';
import { decisionsTable, partitionOfAccount, type RiskTables } from './risk-tables.ts';

export function postgresDecisionQueries(tables: RiskTables): DecisionQueries {
  const { pool, partitions } = tables;

  /** Asks the partition of the account. */
  async function ofItsPartition(
    accountId: string,
    name: string,
    rest: string,
    values: unknown[],
  ): Promise<Decision[]> {
    const partition = partitionOfAccount(tables, accountId);
    const { rows } = await pool.query<DecisionRow>({
      name: `${name}-p${partition}`,
      text: `SELECT ${DECISION_COLUMNS} FROM ${decisionsTable(partition)} ${rest}`,
      values,
    });
    return rows.map(decisionOfRow);
  }

  const ofAccount = (accountId: string, beforeRevision: number | null, limit: number) =>
    ofItsPartition(
      accountId,
      'of-account',
      'WHERE account_id = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3',
      [accountId, beforeRevision ?? Number.MAX_SAFE_INTEGER, limit],
    );
  const ofTransactionId = ofTransactionIdSql(partitions);

  return {
    async at(accountId, position) {
      return (await ofItsPartition(accountId, 'at', 'WHERE position = $1', [position]))[0];
    },
    async ofTransaction(accountId, transactionId) {
      const rest = 'WHERE account_id = $1 AND transaction_id = $2 LIMIT 1';
      return (await ofItsPartition(accountId, 'of-transaction', rest, [accountId, transactionId]))[0];
    },
    async ofTransactionId(transactionId, limit) {
      const { rows } = await pool.query<DecisionRow>({
        name: 'of-transaction-id',
        text: ofTransactionId,
        values: [transactionId, limit],
      });
      return rows.map(decisionOfRow);
    },
    ofAccount,
    newestOfAccount: async (accountId) => (await ofAccount(accountId, null, 1))[0],
    async reflected() {
      // A partition whose processor has not begun has no checkpoint yet.
      const { rows } = await pool.query<{ position: number }>({
        name: 'reflected',
        text: `SELECT CASE WHEN count(*) < $1 THEN 0 ELSE min(position) END AS position FROM checkpoints`,
        values: [partitions],
      });
      return rows[0]!.position;
    },
  };
}

function ofTransactionIdSql(partitions: number): string {
  const searches = Array.from(
    { length: partitions },
    (_, partition) =>
      `(SELECT ${DECISION_COLUMNS} FROM ${decisionsTable(partition)} WHERE transaction_id = $1)`,
  );
  return `${searches.join(' UNION ALL ')} ORDER BY position DESC LIMIT $2`;
}
