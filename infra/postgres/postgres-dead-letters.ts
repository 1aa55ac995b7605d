import type pg from 'pg';
import type { DeadLetter, ExportTopic, LetterFilter, LetterKey } from '../../domain/export-record.ts';
import type { Checkpoint, DeadLetters } from '../../domain/ports.ts';
import { numberArray, textArray } from './array-literal.ts';
import { inTransaction } from './transaction.ts';

export const DEAD_LETTERS_SQL = `CREATE TABLE dead_letters (
  topic text COLLATE "C" NOT NULL,
  account_id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  partition integer NOT NULL,
  id text NOT NULL,
  value text NOT NULL,
  traceparent text,
  problem text NOT NULL,
  failures integer NOT NULL DEFAULT 1,
  failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, account_id, revision)
);`;

/** A letter as operators see it. */
export interface KeptLetter extends DeadLetter {
  /** When it was kept, ISO 8601. */
  failedAt: string;
  /** How often it was tried in vain; of one that waits behind another, 1. */
  failures: number;
}

/** The letters of one account of a topic. */
export interface LetterGroup {
  topic: ExportTopic;
  accountId: string;
  letters: number;
  /** Revisions of the first and the last. */
  first: number;
  last: number;
  /** Of the oldest. */
  failedAt: string;
  /** Of the first in order: what the others wait for. */
  problem: string;
}

/** How many letters a topic has. */
export interface LetterCount {
  topic: ExportTopic;
  letters: number;
  accounts: number;
  /** Seconds since the oldest was kept. */
  oldestSeconds: number;
}

export interface PostgresDeadLetters extends DeadLetters {
  /** Every topic that has some. */
  count(filter?: LetterFilter): Promise<LetterCount[]>;
  /** At most `limit` accounts, those that wait longest first. */
  groups(filter: LetterFilter, limit: number): Promise<LetterGroup[]>;
  /** As read, with what operators see. */
  kept(filter: LetterFilter, after: LetterKey | undefined, limit: number): Promise<KeptLetter[]>;
}

/**
 * Whoever keeps letters of an account and whoever removes the last ones come one after the other: else one could be
 * kept behind a letter that is just being removed, and wait there alone.
 */
const LOCK_SQL = 'LOCK TABLE dead_letters IN SHARE ROW EXCLUSIVE MODE';

/** `$1` topic or null, `$2` account or null. */
const WHERE = '($1::text IS NULL OR topic = $1) AND ($2::text IS NULL OR account_id = $2)';
const filterValues = ({ topic, accountId }: LetterFilter) => [topic ?? null, accountId ?? null];

export function postgresDeadLetters(pool: pg.Pool): PostgresDeadLetters {
  const kept = async (filter: LetterFilter, after: LetterKey | undefined, limit: number) => {
    const { rows } = await pool.query<KeptLetter & { failedAt: Date }>(
      `SELECT ${LETTER_COLUMNS} FROM dead_letters WHERE ${WHERE} AND ($3::text IS NULL
         OR (topic, account_id, revision) > ($3 COLLATE "C", $4::text COLLATE "C", $5::bigint))
       ORDER BY topic, account_id, revision LIMIT $6`,
      [
        ...filterValues(filter),
        after?.topic ?? null,
        after?.accountId ?? null,
        after?.revision ?? null,
        limit,
      ],
    );
    return rows.map((row) => ({ ...row, failedAt: row.failedAt.toISOString() }));
  };
  return {
    async accountsOf(topic, accountIds) {
      const { rows } = await pool.query<{ accountId: string }>({
        name: 'dead-letters-of',
        text: `SELECT DISTINCT account_id AS "accountId" FROM dead_letters
               WHERE topic = $1 AND account_id = ANY($2::text[])`,
        values: [topic, textArray(accountIds)],
      });
      return new Set(rows.map(({ accountId }) => accountId));
    },
    keep: (from, letters, place) => inTransaction(pool, (client) => keep(client, from, letters, place)),
    async read(filter, after, limit) {
      const letters = await kept(filter, after, limit);
      return letters.map(({ failedAt: _, failures: __, ...letter }) => letter);
    },
    async remove(keys) {
      await inTransaction(pool, async (client) => {
        await client.query(LOCK_SQL);
        await client.query(REMOVE_SQL, keyArrays(keys));
      });
    },
    async blame({ topic, accountId, revision }, problem) {
      await pool.query(
        `UPDATE dead_letters SET problem = $4, failures = failures + 1
         WHERE topic = $1 AND account_id = $2 AND revision = $3`,
        [topic, accountId, revision, problem],
      );
    },
    async count(filter = {}) {
      return (await pool.query<LetterCount>(COUNT_SQL, filterValues(filter))).rows;
    },
    async groups(filter, limit) {
      const { rows } = await pool.query<LetterGroup & { failedAt: Date }>(GROUPS_SQL, [
        ...filterValues(filter),
        limit,
      ]);
      return rows.map((row) => ({ ...row, failedAt: row.failedAt.toISOString() }));
    },
    kept,
  };
}

const LETTER_COLUMNS = `topic, account_id AS "accountId", revision, partition, id, value, traceparent, problem, failures,
  failed_at AS "failedAt"`;

const REMOVE_SQL = `DELETE FROM dead_letters WHERE (topic, account_id, revision) IN (
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]))`;

const COUNT_SQL = `
  SELECT topic, count(*)::integer AS letters, count(DISTINCT account_id)::integer AS accounts,
    round(extract(epoch FROM clock_timestamp() - min(failed_at)))::integer AS "oldestSeconds"
  FROM dead_letters WHERE ${WHERE} GROUP BY topic ORDER BY topic`;

const GROUPS_SQL = `
  SELECT topic, account_id AS "accountId", count(*)::integer AS letters, min(revision) AS first,
    max(revision) AS last, min(failed_at) AS "failedAt", (array_agg(problem ORDER BY revision))[1] AS problem
  FROM dead_letters WHERE ${WHERE} GROUP BY topic, account_id
  ORDER BY min(failed_at), topic, account_id LIMIT $3`;

const KEEP_SQL = `
  INSERT INTO dead_letters (topic, account_id, revision, partition, id, value, traceparent, problem)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS given (topic, account_id, revision, partition, id, value, traceparent, problem)
  WHERE $9 OR EXISTS (SELECT FROM dead_letters AS earlier
    WHERE earlier.topic = given.topic AND earlier.account_id = given.account_id)
  ON CONFLICT DO NOTHING`;

async function keep(
  client: pg.PoolClient,
  from: Checkpoint,
  letters: readonly DeadLetter[],
  place: 'first' | 'behind others',
): Promise<Set<string> | undefined> {
  const { rows } = await client.query<{ position: number }>(
    'SELECT position FROM checkpoints WHERE partition = $1 FOR SHARE',
    [from.partition],
  );
  if ((rows[0]?.position ?? 0) !== from.position) return undefined;
  await client.query(LOCK_SQL);
  await client.query(KEEP_SQL, [
    ...keyArrays(letters),
    numberArray(letters.map(({ partition }) => partition)),
    ...(['id', 'value', 'traceparent', 'problem'] as const).map((column) =>
      textArray(letters.map((letter) => letter[column])),
    ),
    place === 'first',
  ]);
  const found = await client.query<{ accountId: string }>(
    `SELECT DISTINCT account_id AS "accountId" FROM dead_letters
     WHERE (topic, account_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    keyArrays(letters).slice(0, 2),
  );
  return new Set(found.rows.map(({ accountId }) => accountId));
}

function keyArrays(keys: readonly LetterKey[]): string[] {
  return [
    textArray(keys.map(({ topic }) => topic)),
    textArray(keys.map(({ accountId }) => accountId)),
    numberArray(keys.map(({ revision }) => revision)),
  ];
}
