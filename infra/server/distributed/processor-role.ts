import { scoringPlan } from '../../../domain/risk-fold.ts';
import { PartitionGroup } from '../../../processors/partition-group.ts';
import { KafkaLog } from '../../kafka/kafka-log.ts';
import { openClient } from '../../kafka/open-client.ts';
import { movementTeller } from '../../postgres/movement.ts';
import { postgresRiskStore } from '../../postgres/postgres-risk-store.ts';
import { riskStage } from '../stage-status.ts';
import type { RoleEngines } from './role-engines.ts';
import type { RoleWorkerData } from './role-messages.ts';
import type { ReportTrouble, RunningRole } from './running-role.ts';
import { factsTopicOf, groupOf } from './topology.ts';

/** Scores the partitions that the consumer group gives to this process. */
export async function startProcessorRole(
  { store, pool, tables }: RoleEngines,
  { engines, latenessMs, budgetEvents }: RoleWorkerData,
  trouble: ReportTrouble,
): Promise<RunningRole> {
  const { kafka, layout } = engines;
  const risk = postgresRiskStore(tables);
  const teller = movementTeller(pool, trouble);
  const log = new KafkaLog({
    client: openClient(kafka),
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
    partitions: layout.partitions,
    budgetEvents,
    compile: (definition, version) => scoringPlan(definition, version, { latenessMs }),
    onCommitted({ partition, position, offset }) {
      teller.decided(partition, position);
      if (typeof offset === 'number') log.handled(partition, offset);
    },
    onFailed: (partition, error) =>
      trouble(new Error(`partition ${partition} has stopped: ${(error as Error).message}`, { cause: error })),
  });
  await log.open();
  return {
    risk: (head) => group.statuses(head),
    reports: () =>
      group.statuses(0).map((status) => {
        const { state, problem } = riskStage(status, 0);
        return { stage: 'risk', partition: status.partition, state, problem };
      }),
    async stop() {
      // First what was decided is recorded, then the partitions are given to others.
      await group.stop();
      await teller.drain();
      await log.close();
    },
  };
}
