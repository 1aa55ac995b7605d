import { randomUUID } from 'node:crypto';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import { ExportDelivery } from '../../../processors/export-delivery.ts';
import { PartitionGroup } from '../../../processors/partition-group.ts';
import { GroupMemberships } from '../../kafka/group-memberships.ts';
import { KafkaExportLog } from '../../kafka/kafka-export-log.ts';
import { KafkaLog } from '../../kafka/kafka-log.ts';
import { openClient } from '../../kafka/open-client.ts';
import { movementTeller } from '../../postgres/movement.ts';
import { postgresDeadLetters } from '../../postgres/postgres-dead-letters.ts';
import { postgresEntitySnapshots } from '../../postgres/postgres-entity-snapshots.ts';
import { postgresRiskStore } from '../../postgres/postgres-risk-store.ts';
import type { StageReport } from '../../postgres/role-reports.ts';
import { signOfLife, withoutSignOfLife } from '../../postgres/sign-of-life.ts';
import { riskStage } from '../stage-status.ts';
import { DeadMembers } from './dead-members.ts';
import type { RoleEngines } from './role-engines.ts';
import type { RoleWorkerData } from './role-messages.ts';
import type { ReportTrouble, RunningRole } from './running-role.ts';
import { exportTopicOf, factsTopicOf, groupOf } from './topology.ts';

/** Names members whose processes show a sign of life; those of earlier versions do not. */
const MEMBER_PREFIX = 'shrike-processor-';

/** Scores the partitions that the consumer group gives to this process. */
export async function startProcessorRole(
  { store, pool, tables }: RoleEngines,
  { engines, latenessMs, budgetEvents }: RoleWorkerData,
  trouble: ReportTrouble,
): Promise<RunningRole> {
  const { kafka, layout } = engines;
  const risk = postgresRiskStore(tables);
  const teller = movementTeller(pool, trouble);
  const exportLog = new KafkaExportLog(openClient(kafka), (topic) => exportTopicOf(topic, layout).name);
  const exports = engines.exports
    ? new ExportDelivery({ log: exportLog, letters: postgresDeadLetters(pool), onTrouble: trouble })
    : undefined;
  const clientId = `${MEMBER_PREFIX}${randomUUID()}`;
  const log = new KafkaLog({
    client: openClient({ ...kafka, clientId }),
    topic: factsTopicOf(layout).name,
    groupId: groupOf(layout),
    startOffset: async (partition) => (await risk.checkpoint(partition)).offset ?? null,
    onAssigned: (partitions) => group.assign(partitions),
    onTrouble: trouble,
  });
  const group = new PartitionGroup({
    log,
    store,
    risk,
    exports,
    partitions: layout.partitions,
    budgetEvents,
    compile: (definition, version) => scoringPlan(definition, version, { latenessMs }),
    keep: { snapshots: postgresEntitySnapshots(pool), onTrouble: trouble },
    onCommitted({ partition, position, offset }) {
      teller.decided(partition, position);
      if (typeof offset === 'number') log.handled(partition, offset);
    },
    onFailed: (partition, error) =>
      trouble(new Error(`partition ${partition} has stopped: ${(error as Error).message}`, { cause: error })),
  });
  const memberships = new GroupMemberships(kafka, groupOf(layout));
  // Before it is a member, for one that shows no sign of life is made to leave.
  const sign = await signOfLife(engines.databaseUrl, clientId, trouble);
  await log.open();
  const deadMembers = new DeadMembers({
    memberships,
    lifeless: (clientIds) => withoutSignOfLife(pool, clientIds),
    showsLife: (member) => member.startsWith(MEMBER_PREFIX),
    report: trouble,
  });
  return {
    risk: (head) => group.statuses(head),
    reports: () =>
      group.statuses(0).flatMap((status) => {
        const { partition } = status;
        const { state, problem } = riskStage(status, 0);
        const risk: StageReport = { stage: 'risk', partition, state, problem };
        const trouble = exports?.problemOf(partition) ?? null;
        if (trouble === null) return [risk];
        return [risk, { stage: 'exports', partition, state: 'retrying', problem: trouble }];
      }),
    async stop() {
      // First what was decided is recorded, then the partitions are given to others.
      await deadMembers.close();
      await group.stop();
      await teller.drain();
      await exportLog.close();
      await log.close();
      await sign.end();
      await memberships.close();
    },
  };
}
