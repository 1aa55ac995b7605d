import { afterEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { AlertFilter } from '../../../api/services.ts';
import { alertsProjection } from '../../../projections/alerts.ts';
import { openProjection } from '../../../projections/checkpoint.ts';
import { sqliteViews } from '../../../projections/testing/sqlite-views.ts';
import { alertQueriesContract } from './alerts.contract.ts';
import { listQuery } from './alerts.ts';

describe('in SQLite', () => alertQueriesContract(sqliteViews()));

describe('a list is read by an index, in its order', () => {
  const under = sqliteViews();
  afterEach(() => under.close());

  test.each<[AlertFilter, string]>([
    [{}, 'SEARCH alerts USING INDEX alerts_by_opened_position (opened_position>? AND opened_position<?)'],
    [
      { state: 'open' },
      'SEARCH alerts USING INDEX alerts_by_state (state=? AND opened_position>? AND opened_position<?)',
    ],
    [
      { accountId: 'a' },
      'SEARCH alerts USING INDEX alerts_by_account_id (account_id=? AND opened_position>? AND opened_position<?)',
    ],
    [
      { assignee: 'a' },
      'SEARCH alerts USING INDEX alerts_by_assignee (assignee=? AND opened_position>? AND opened_position<?)',
    ],
    [
      { decision: 'decline' },
      'SEARCH alerts USING INDEX alerts_by_decision (decision=? AND opened_position>? AND opened_position<?)',
    ],
    [
      { reason: 'R' },
      'SEARCH alert_reasons USING INDEX alert_reasons_by_reason (reason=? AND opened_position>? AND opened_position<?)',
    ],
  ])('%j', async (filter, search) => {
    const db = await under.views();
    await openProjection(db, alertsProjection);
    for (const order of ['oldest', 'newest'] as const) {
      const after = order === 'oldest' ? 1 : 9;
      const query = listQuery(db, filter, { order, after, limit: 10 }, 9).compile();
      const { rows } = await sql<{
        detail: string;
      }>`EXPLAIN QUERY PLAN ${sql.raw(withValues(query))}`.execute(db);
      const plan = rows.map(({ detail }) => detail);
      expect(plan[0]).toBe(
        search.replace(
          'opened_position>? AND opened_position<?',
          order === 'oldest' ? 'opened_position>? AND opened_position<?' : 'opened_position<?',
        ),
      );
      expect(plan.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([]);
    }
  });
});

function withValues({ sql: text, parameters }: { sql: string; parameters: readonly unknown[] }): string {
  let i = 0;
  return text.replace(/\?/g, () =>
    typeof parameters[i] === 'string' ? `'${parameters[i++]}'` : String(parameters[i++]),
  );
}
