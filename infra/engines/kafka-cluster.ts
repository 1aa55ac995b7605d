import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { freePorts } from './free-port.ts';
import { KafkaBroker } from './kafka-broker.ts';
import { startKafkaContainer } from './kafka-container.ts';
import { kafkaJars } from './kafka-jars.ts';
import { buriesAfterUs } from './undertaker.ts';

/** Shell that ends the brokers of the folder given to it. */
export const END_BROKERS = 'for p in "$0"/*/pid; do [ -f "$p" ] && kill -9 "$(cat "$p")"; done';

/** A Kafka cluster whose brokers, numbered from 0, can be hurt. */
export interface KafkaEngine extends Engine {
  readonly brokers: number;
  /** As a power cut. */
  kill(broker: number): Promise<void>;
  /** Stops it in the middle of what it does: connections stay open, nothing is answered. */
  freeze(broker: number): Promise<void>;
  thaw(broker: number): Promise<void>;
  /** Starts one that was killed, on the data it had; kills it first if it runs. */
  restart(broker: number): Promise<void>;
}

/**
 * A broker of Docker's if there is Docker, else brokers from Maven Central run by the machine's Java; three brokers
 * always come from there. `url` is a list for KAFKA_BROKERS.
 * @throws EngineUnavailable
 */
export async function startKafka({ brokers = 1 }: { brokers?: 1 | 3 } = {}): Promise<KafkaEngine> {
  const container = brokers === 1 ? await startKafkaContainer() : undefined;
  return container ?? startBrokers(brokers);
}

async function startBrokers(count: number): Promise<KafkaEngine> {
  const jars = await kafkaJars();
  const folder = await mkdtemp(join(tmpdir(), 'shrike-kafka-'));
  const ports = await freePorts(count * 2);
  const cluster = Array.from({ length: count }, (_, i) => ({
    port: ports[i]!,
    controllerPort: ports[count + i]!,
  }));
  const brokers = cluster.map((_, i) => new KafkaBroker(jars, join(folder, `broker-${i}`)));
  const bury = buriesAfterUs(folder, END_BROKERS);
  try {
    await Promise.all(brokers.map((broker, i) => broker.prepare(i, cluster)));
    await Promise.all(brokers.map((broker) => broker.start()));
  } catch (error) {
    bury();
    throw error;
  }
  return {
    url: cluster.map(({ port }) => `127.0.0.1:${port}`).join(','),
    brokers: count,
    kill: (i) => brokers[i]!.kill(),
    freeze: async (i) => brokers[i]!.signal('SIGSTOP'),
    thaw: async (i) => brokers[i]!.signal('SIGCONT'),
    async restart(i) {
      await brokers[i]!.kill();
      await brokers[i]!.start();
    },
    async stop() {
      await Promise.all(brokers.map((broker) => broker.kill()));
      bury();
    },
  };
}
