import { scoringPlan } from '../../../domain/risk-fold.ts';
import { keyPartitions } from '../../../processors/key-partitions.ts';
import { MirrorRun, type MirrorState } from '../../../processors/mirror-run.ts';
import { KafkaPublisher } from '../../kafka/kafka-publisher.ts';
import { openClient } from '../../kafka/open-client.ts';
import { postgresEntitySnapshots } from '../../postgres/postgres-entity-snapshots.ts';
import { postgresLeadership } from '../../postgres/postgres-leadership.ts';
import { postgresMirrorCheckpoints } from '../../postgres/postgres-mirror-checkpoints.ts';
import type { StageReport } from '../../postgres/role-reports.ts';
import type { RoleEngines } from './role-engines.ts';
import type { RoleWorkerData } from './role-messages.ts';
import type { ReportTrouble, RunningRole } from './running-role.ts';
import { factsTopicOf } from './topology.ts';

const STATES: Record<Exclude<MirrorState, 'standing by'>, StageReport['state']> = {
  mirroring: 'running',
  waiting: 'retrying',
  failed: 'stopped',
  stopped: 'stopped',
};

/** Publishes the store to the log while it leads; else stands by. */
export function startMirrorRole(
  { store, pool }: RoleEngines,
  { engines, latenessMs }: RoleWorkerData,
  trouble: ReportTrouble,
): RunningRole {
  const { databaseUrl, kafka, layout } = engines;
  const topic = factsTopicOf(layout).name;
  const publisher = new KafkaPublisher(openClient(kafka), topic);
  let stirs = 0;
  const mirror = new MirrorRun({
    store,
    publisher,
    checkpoints: postgresMirrorCheckpoints(pool, topic),
    leadership: postgresLeadership(databaseUrl, { name: `mirror of ${topic}`, report: trouble }),
    partitions: keyPartitions(layout.partitions),
    snapshots: postgresEntitySnapshots(pool),
    compile: (definition, version) => scoringPlan(definition, version, { latenessMs }),
    waitForMore: async (_after, timeoutMs) => {
      stirs = await store.stirredSince(stirs, timeoutMs);
    },
  });
  const ended = mirror.run().catch(trouble);
  return {
    risk: () => [],
    reports() {
      const { state, lastError } = mirror.status();
      // Who leads speaks for the mirror.
      if (state === 'standing by') return [];
      const problem = state === 'mirroring' ? null : lastError;
      return [{ stage: 'mirror', partition: null, state: STATES[state], problem }];
    },
    async stop() {
      mirror.stop();
      await ended;
      await publisher.close();
    },
  };
}
