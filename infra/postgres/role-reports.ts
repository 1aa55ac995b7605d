import type pg from 'pg';
import type { StageStatus } from '../../api/services.ts';

/** How a stage stands, as the process that works it says. */
export interface StageReport {
  /** e.g. `mirror`, `risk`, `alerts`. */
  stage: string;
  /** Null where the stage works in one. */
  partition: number | null;
  state: StageStatus['state'];
  problem: string | null;
}

/** A report that is not older than some seconds: of several processes, the one that said it last. */
export interface HeardReport extends StageReport {
  process: string;
  ageMs: number;
}

/** What processes say of themselves, so that each of them can tell operators of all. Nothing else depends on it. */
export interface RoleReports {
  /** Replaces what this process said before. */
  say(process: string, reports: readonly StageReport[]): Promise<void>;
  /** The newest report of each stage and partition. */
  heard(): Promise<HeardReport[]>;
}

/** What a process that ended without a word said is forgotten. */
const FORGOTTEN_AFTER = '1 hour';
const NO_PARTITION = -1;

export const ROLE_REPORTS_SQL = `CREATE TABLE role_reports (
  process text NOT NULL,
  stage text NOT NULL,
  partition integer NOT NULL,
  state text NOT NULL,
  problem text,
  said_at timestamptz NOT NULL,
  PRIMARY KEY (process, stage, partition)
);`;

const SAY_SQL = `
  WITH gone AS (
    DELETE FROM role_reports
    WHERE said_at < now() - interval '${FORGOTTEN_AFTER}' OR (process = $1 AND NOT EXISTS (
      SELECT FROM unnest($2::text[], $3::integer[]) AS said (stage, partition)
      WHERE said.stage = role_reports.stage AND said.partition = role_reports.partition))
  )
  INSERT INTO role_reports (process, stage, partition, state, problem, said_at)
  SELECT $1, stage, partition, state, problem, clock_timestamp()
  FROM unnest($2::text[], $3::integer[], $4::text[], $5::text[]) AS said (stage, partition, state, problem)
  ON CONFLICT (process, stage, partition)
  DO UPDATE SET state = excluded.state, problem = excluded.problem, said_at = excluded.said_at`;

const HEARD_SQL = `
  SELECT DISTINCT ON (stage, partition) process, stage, nullif(partition, ${NO_PARTITION}) AS partition, state,
    problem, (extract(epoch FROM clock_timestamp() - said_at) * 1000)::bigint AS "ageMs"
  FROM role_reports ORDER BY stage, partition, said_at DESC`;

export function roleReports(pool: pg.Pool): RoleReports {
  return {
    async say(process, reports) {
      await pool.query({
        name: 'say',
        text: SAY_SQL,
        values: [
          process,
          reports.map(({ stage }) => stage),
          reports.map(({ partition }) => partition ?? NO_PARTITION),
          reports.map(({ state }) => state),
          reports.map(({ problem }) => problem),
        ],
      });
    },
    async heard() {
      return (await pool.query<HeardReport>({ name: 'heard', text: HEARD_SQL })).rows;
    },
  };
}
