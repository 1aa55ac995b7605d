import type { Decision } from '../../domain/decision.ts';
import { DECISION_COLUMNS, decisionOfRow } from '../read-model/decision-row.ts';
import type { DecisionRow } from '../read-model/risk-database.ts';
import { numberArray } from './array-literal.ts';
import { decisionsTable, type RiskTables } from './risk-tables.ts';

/** The recorded decisions at some positions of a partition, in no order; what is not recorded is left out. */
export async function decisionsAt(
  { pool }: RiskTables,
  partition: number,
  positions: readonly number[],
): Promise<Decision[]> {
  const { rows } = await pool.query<DecisionRow>({
    name: `decisions-at-p${partition}`,
    text: `SELECT ${DECISION_COLUMNS} FROM ${decisionsTable(partition)} WHERE position = ANY($1::bigint[])`,
    values: [numberArray(positions)],
  });
  return rows.map(decisionOfRow);
}
