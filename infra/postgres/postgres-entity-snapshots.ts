import type pg from 'pg';
import type { EntitySnapshot, EntitySnapshots } from '../../domain/ports.ts';

/** Kept of each plan: a mirror may go on from a little before the newest. */
const KEPT = 2;
/** Kept of all plans: rule sets come and go. */
const KEPT_IN_ALL = 4;
/** Pages of a snapshot that somebody may still be writing. */
const UNFINISHED_FOR = '1 hour';

export const ENTITY_SNAPSHOTS_SQL = `
  CREATE TABLE entity_snapshots (
    run text PRIMARY KEY,
    plan_hash text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    event_id text NOT NULL,
    pages integer NOT NULL,
    finished_at timestamptz NOT NULL
  );
  CREATE TABLE entity_pages (
    run text NOT NULL,
    page integer NOT NULL,
    bytes bytea NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (run, page)
  );`;

const FINISH_SQL = `
  INSERT INTO entity_snapshots (run, plan_hash, position, event_id, pages, finished_at)
  SELECT $1, $2, $3, $4, $5::integer, clock_timestamp()
  WHERE (SELECT count(*) FROM entity_pages WHERE run = $1) = $5::integer`;
const REMOVE_SQL = `
  DELETE FROM entity_snapshots WHERE run NOT IN (
    SELECT run FROM (
      SELECT run, row_number() OVER (PARTITION BY plan_hash ORDER BY position DESC) AS nth,
        row_number() OVER (ORDER BY finished_at DESC) AS nth_in_all
      FROM entity_snapshots
    ) AS ranked WHERE nth <= ${KEPT} AND nth_in_all <= ${KEPT_IN_ALL})`;
const REMOVE_PAGES_SQL = `
  DELETE FROM entity_pages AS page
  WHERE NOT EXISTS (SELECT FROM entity_snapshots WHERE run = page.run)
    AND (written_at < now() - interval '${UNFINISHED_FOR}' OR run = ANY($1::text[]))`;

/** Snapshots of entities, written by the mirror that leads. */
export function postgresEntitySnapshots(pool: pg.Pool): EntitySnapshots {
  return {
    async newest(planHash, upTo) {
      const { rows } = await pool.query<EntitySnapshot>(
        `SELECT run, plan_hash AS "planHash", position, event_id AS "eventId", pages FROM entity_snapshots
         WHERE plan_hash = $1 AND position <= $2 ORDER BY position DESC LIMIT 1`,
        [planHash, upTo],
      );
      return rows[0];
    },
    async readPage(run, page) {
      const { rows } = await pool.query<{ bytes: Buffer }>(
        'SELECT bytes FROM entity_pages WHERE run = $1 AND page = $2',
        [run, page],
      );
      return rows[0]?.bytes;
    },
    async writePage(run, page, bytes) {
      await pool.query(
        `INSERT INTO entity_pages (run, page, bytes, written_at) VALUES ($1, $2, $3, now())
         ON CONFLICT (run, page) DO UPDATE SET bytes = excluded.bytes`,
        [run, page, bytes],
      );
    },
    async finish({ run, planHash, position, eventId, pages }) {
      await pool.query(FINISH_SQL, [run, planHash, position, eventId, pages]);
      const removed = await pool.query<{ run: string }>(`${REMOVE_SQL} RETURNING run`);
      await pool.query(REMOVE_PAGES_SQL, [removed.rows.map((row) => row.run)]);
    },
  };
}
