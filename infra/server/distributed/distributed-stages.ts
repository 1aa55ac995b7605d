import type pg from 'pg';
import type { StageStatus } from '../../../api/services.ts';
import { PROJECTIONS } from '../../../projections/all.ts';
import type { PostgresDeadLetters } from '../../postgres/postgres-dead-letters.ts';
import type { HeardReport, RoleReports } from '../../postgres/role-reports.ts';
import type { DeadLetterCount, Stages } from '../behind.ts';
import { CATCHING_UP_POSITIONS, stageAt } from '../stage-status.ts';

/** A stage of which nobody has said anything for so long has nobody who works it. */
const SILENCE_MS = 10_000;

export interface DistributedStagesOptions {
  pool: pg.Pool;
  reports: RoleReports;
  partitions: number;
  /** The mirror's checkpoint. */
  mirrored(): Promise<number>;
  /** Null where nothing is exported. */
  deadLetters: Pick<PostgresDeadLetters, 'count'> | null;
}

/** Positions of this store are places in its log: ten thousand facts, more or less. */
const CATCHING_UP_BYTES = CATCHING_UP_POSITIONS * 800;

interface Place {
  stage: string;
  partition: number | null;
  position: number;
}

/** How every stage of the deployment stands: where, as the tables say; and how, as who works it says. */
export function distributedStages(options: DistributedStagesOptions): Stages {
  const deadLetters = async (): Promise<DeadLetterCount[]> => (await options.deadLetters?.count()) ?? [];
  return {
    async stages(head) {
      const [places, reports, letters] = await Promise.all([
        placesOf(options),
        options.reports.heard(),
        deadLetters(),
      ]);
      const stages = places.map((place) => stageOf(place, head, reports));
      return options.deadLetters === null ? stages : [...stages, exportStage(stages, head, reports, letters)];
    },
    deadLetters,
    // The processors' own counts are told by the processes they run in.
    risk: async () => [],
    async notReady() {
      try {
        await options.pool.query('SELECT 1');
        return [];
      } catch (error) {
        return [`the database does not answer: ${(error as Error).message}`];
      }
    },
  };
}

async function placesOf({ pool, partitions, mirrored }: DistributedStagesOptions): Promise<Place[]> {
  const [mirror, risk, views] = await Promise.all([
    mirrored(),
    pool.query<{ partition: number; position: number }>('SELECT partition, position FROM checkpoints'),
    pool.query<{ projection: string; position: number }>(
      'SELECT projection, position FROM projection_checkpoints WHERE partition = 0',
    ),
  ]);
  const decided = new Map(risk.rows.map(({ partition, position }) => [partition, position]));
  const seen = new Map(views.rows.map(({ projection, position }) => [projection, position]));
  return [
    { stage: 'mirror', partition: null, position: mirror },
    ...Array.from({ length: partitions }, (_, partition) => {
      return { stage: 'risk', partition, position: decided.get(partition) ?? 0 };
    }),
    ...PROJECTIONS.map(({ name }) => ({ stage: name, partition: null, position: seen.get(name) ?? 0 })),
  ];
}

function stageOf({ stage, partition, position }: Place, head: number, reports: HeardReport[]): StageStatus {
  const report = reports.find((each) => each.stage === stage && each.partition === partition);
  const status =
    report === undefined || report.ageMs > SILENCE_MS
      ? stageAt(stage, position, head, 'stopped', silence(report))
      : stageAt(stage, position, head, report.state, report.problem, CATCHING_UP_BYTES);
  return partition === null ? status : { ...status, partition };
}

/** Exports are delivered before their decisions are recorded: what is recorded was delivered, or is a dead letter. */
function exportStage(
  stages: readonly StageStatus[],
  head: number,
  reports: readonly HeardReport[],
  letters: readonly DeadLetterCount[],
): StageStatus {
  const position = Math.min(...stages.filter(({ name }) => name === 'risk').map((stage) => stage.position));
  const troubled = reports.find(({ stage, ageMs }) => stage === 'exports' && ageMs <= SILENCE_MS);
  const problems = letters.map(
    ({ topic, letters: count, accounts, oldestSeconds }) =>
      `${topic}: ${count} dead letters of ${accounts} accounts, the oldest ${oldestSeconds} s old (shrike dlq list)`,
  );
  if (troubled !== undefined) problems.unshift(troubled.problem ?? 'not delivered');
  const problem = problems.length === 0 ? null : problems.join('; ');
  const state = troubled === undefined ? 'running' : 'retrying';
  return stageAt('exports', position, head, state, problem, CATCHING_UP_BYTES);
}

function silence(report: HeardReport | undefined): string {
  if (report === undefined) return 'no process works it';
  const { process, ageMs, problem } = report;
  const last = problem === null ? '' : `, last: ${problem}`;
  return `no process works it: ${process} was heard of ${Math.round(ageMs / 1_000)} s ago${last}`;
}
