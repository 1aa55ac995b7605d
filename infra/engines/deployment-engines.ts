import type { Engine } from './engine.ts';
import { type EventStoreEngine, startEventStore } from './event-store-server.ts';
import { type KafkaEngine, startKafka } from './kafka-cluster.ts';
import { type PostgresEngine, startPostgres } from './postgres-server.ts';

/** Everything a distributed deployment stands on. Its event store is a development server. */
export interface DeploymentEngines extends Engine {
  kafka: KafkaEngine;
  postgres: PostgresEngine;
  eventStore: EventStoreEngine;
  /** For `shrike serve`. */
  environment: Record<'KAFKA_BROKERS' | 'DATABASE_URL' | 'EVENTSTORE_URL', string>;
}

/** @throws EngineUnavailable */
export async function startDeploymentEngines({
  brokers = 1,
}: {
  brokers?: 1 | 3;
} = {}): Promise<DeploymentEngines> {
  const starting = await Promise.allSettled([
    startKafka({ brokers }),
    startPostgres(),
    startEventStore(),
  ] as const);
  const stop = async () => {
    for (const each of starting) if (each.status === 'fulfilled') await each.value.stop();
  };
  const failed = starting.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const [kafka, postgres, eventStore] = starting.map(
    (each) => (each as PromiseFulfilledResult<Engine>).value,
  ) as [KafkaEngine, PostgresEngine, EventStoreEngine];
  return {
    kafka,
    postgres,
    eventStore,
    url: eventStore.url,
    environment: { KAFKA_BROKERS: kafka.url, DATABASE_URL: postgres.url, EVENTSTORE_URL: eventStore.url },
    stop,
  };
}
