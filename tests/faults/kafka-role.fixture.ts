/**
 * A process that mirrors to a topic, or scores from it, whose stores are its parent's:
 * `fork(kafka-role.fixture.ts, [role, brokers, client, topic, partitions, lossPercent, blind])`.
 * A blind processor takes no notice of what its records say they cover: the negative control.
 */
import type {
  EventStore,
  Leadership,
  Log,
  LogPublisher,
  MirrorCheckpoints,
  RiskStore,
} from '../../domain/ports.ts';
import { KafkaLog } from '../../infra/kafka/kafka-log.ts';
import { KafkaPublisher } from '../../infra/kafka/kafka-publisher.ts';
import type { ClientName } from '../../infra/kafka/kafka-settings.ts';
import { openClient } from '../../infra/kafka/open-client.ts';
import { settingsOf } from '../../infra/kafka/testing/settings.ts';
import { keyPartitions } from '../../processors/key-partitions.ts';
import { MirrorRun } from '../../processors/mirror-run.ts';
import { PartitionGroup } from '../../processors/partition-group.ts';
import { chainPlan } from '../../processors/test-support/chain-plan.ts';
import { remotePort } from './remote-port.ts';

const [role, brokers, clientName, topic, partitionsText, lossText, blind] = process.argv.slice(2) as string[];
const partitions = Number(partitionsText);
const lossPercent = Number(lossText);
const client = openClient(settingsOf(brokers!, clientName as ClientName));
const store = remotePort<EventStore>('store');

/** Acknowledges some records without sending them: a log that has lost them. */
function lossy(publisher: LogPublisher): LogPublisher {
  return {
    publish: (records) => publisher.publish(records.filter(() => Math.random() * 100 >= lossPercent)),
  };
}

function mirror(): void {
  const { acquire } = remotePort<Leadership>('leadership');
  const run = new MirrorRun({
    store,
    publisher: lossy(new KafkaPublisher(client, topic!)),
    checkpoints: remotePort<MirrorCheckpoints>('checkpoints'),
    partitions: keyPartitions(partitions),
    compile: chainPlan,
    leadership: {
      async acquire() {
        await acquire(undefined as never);
        return { lost: new AbortController().signal, release: async () => {} };
      },
    },
  });
  run.run().catch(fail);
}

function blinded(log: Log): Log {
  return {
    poll: async (...args) => (await log.poll(...args)).map((record) => ({ ...record, from: 0 })),
    waitForMore: (...args) => log.waitForMore(...args),
  };
}

async function processor(): Promise<void> {
  const risk = remotePort<RiskStore>('risk');
  const log = new KafkaLog({
    client,
    topic: topic!,
    groupId: topic!,
    startOffset: async (partition) => (await risk.checkpoint(partition)).offset ?? null,
    onAssigned: (assigned) => group.assign(assigned),
  });
  const group = new PartitionGroup({
    partitions,
    log: blind === 'true' ? blinded(log) : log,
    store,
    risk,
    compile: chainPlan,
    budgetEvents: 2_000,
    onCommitted: ({ partition, offset }) => {
      if (typeof offset === 'number') log.handled(partition, offset);
    },
    onFailed: (_, error) => fail(error),
  });
  await log.open();
}

function fail(error: unknown): void {
  process.stderr.write(`${role}: ${(error as Error).stack}\n`);
  process.exit(1);
}

process.on('disconnect', () => process.exit());
if (role === 'mirror') mirror();
else processor().catch(fail);
