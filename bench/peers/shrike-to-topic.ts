/**
 * `brokers input output event-store`: Shrike's processor over the same log, fold and commit queue, but what a commit
 * makes durable is one message a decision in a topic. Nothing else is kept, so it cannot go on where it was killed.
 */
import type { Checkpoint, RiskStore } from '../../domain/ports.ts';
import { scoringPlan } from '../../domain/risk-fold.ts';
import { openEventStoreDb } from '../../infra/eventstoredb/event-store-db.ts';
import { KafkaLog } from '../../infra/kafka/kafka-log.ts';
import { openClient } from '../../infra/kafka/open-client.ts';
import { quietNegativeTimeouts } from '../../infra/kafka/quiet-timeouts.ts';
import { PartitionGroup } from '../../processors/partition-group.ts';
import { PARTITIONS } from './input.ts';
import { kafkaSettingsOf } from './kafka.ts';

quietNegativeTimeouts();
const [brokers, input, output, eventStoreUrl] = process.argv.slice(2) as [string, string, string, string];
const settings = kafkaSettingsOf(brokers);
const producer = await openClient(settings).producer(output);
const checkpoints = new Map<number, Checkpoint>();
/** Of one send, as the publisher has it. */
const SEND_MAX = 500;

const topicAlone: RiskStore = {
  checkpoint: async (partition) => checkpoints.get(partition) ?? { partition, position: 0, eventId: null },
  async commit({ to, decisions }) {
    for (let from = 0; from < decisions.length; from += SEND_MAX) {
      const messages = decisions.slice(from, from + SEND_MAX).map(({ accountId, transactionId, score }) => {
        return { key: accountId, value: JSON.stringify({ transactionId, score }), headers: {} };
      });
      await producer.send(to.partition, messages);
    }
    checkpoints.set(to.partition, to);
    return true;
  },
  snapshots: async () => [],
  readDecisions: () => Promise.reject(new Error('a topic is not read by position')),
};

const log: KafkaLog = new KafkaLog({
  client: openClient(settings),
  topic: input,
  groupId: `shrike-${output}`,
  startOffset: async (partition) => checkpoints.get(partition)?.offset ?? null,
  onAssigned: (partitions) => group.assign(partitions),
  onTrouble: (error) => process.stderr.write(`${error.stack}\n`),
});
const group = new PartitionGroup({
  log,
  store: openEventStoreDb(eventStoreUrl),
  risk: topicAlone,
  partitions: PARTITIONS,
  compile: scoringPlan,
  onFailed(_partition, error) {
    throw error;
  },
});
await log.open();
