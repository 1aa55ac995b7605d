import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { STRETCH_SQL, stretchOf } from '../risk-database.ts';
import { type SqliteRisk, sqliteRisk } from '../testing/sqlite-risk.ts';
import { decisionQueriesContract } from './decision-queries.contract.ts';

describe('in SQLite', () => decisionQueriesContract(sqliteRisk));

describe('decisions in SQLite', () => {
  let risk: SqliteRisk;
  let database: DatabaseSync;
  beforeEach(async () => {
    risk = await sqliteRisk();
    database = risk.database;
  });
  afterEach(() => risk.close());

  test('are searched by index alone', () => {
    const planOf = (where: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN SELECT * FROM decisions WHERE ${where}`)
        .all()
        .map((row) => row.detail);
    expect(planOf(`${STRETCH_SQL} = 1 AND transaction_id = 'a' AND account_id = 'b'`)).toEqual([
      'SEARCH decisions USING INDEX decisions_by_transaction (<expr>=? AND transaction_id=? AND account_id=?)',
    ]);
    expect(planOf(`${STRETCH_SQL} = 1 AND transaction_id = 'a' LIMIT 1`)).toEqual([
      'SEARCH decisions USING INDEX decisions_by_transaction (<expr>=? AND transaction_id=?)',
    ]);
    expect(
      planOf(`${STRETCH_SQL} = 1 AND account_id = 'a' AND revision < 9 ORDER BY revision DESC LIMIT 1`),
    ).toEqual([
      'SEARCH decisions USING INDEX decisions_by_revision (<expr>=? AND account_id=? AND revision<?)',
    ]);
    expect(planOf('position = 1')).toEqual(['SEARCH decisions USING INTEGER PRIMARY KEY (rowid=?)']);
  });

  test('lie in the same stretch for the database and for the search', () => {
    const stretchInSql = database.prepare(`SELECT ${STRETCH_SQL.replace('position', '?')} AS stretch`);
    for (const position of [0, 1, 16_383, 16_384, 16_385, 2 ** 31, 2 ** 40 + 5]) {
      // A JavaScript number is bound as REAL; positions in the table are INTEGER.
      expect(stretchInSql.get(BigInt(position))).toEqual({ stretch: stretchOf(position) });
    }
  });
});
