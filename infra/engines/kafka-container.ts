import { containerRuntime } from './container-runtime.ts';
import { freePorts } from './free-port.ts';
import type { KafkaEngine } from './kafka-cluster.ts';
import { KAFKA_VERSION } from './kafka-jars.ts';

/** One broker in Docker; undefined if there is no container runtime. */
export async function startKafkaContainer(): Promise<KafkaEngine | undefined> {
  const containers = await containerRuntime();
  if (containers === undefined) return undefined;
  const [port] = await freePorts(1);
  const settings = {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  };
  const started = await new containers.GenericContainer(`apache/kafka:${KAFKA_VERSION}`)
    .withExposedPorts({ container: port!, host: port! })
    .withEnvironment(settings)
    .withWaitStrategy(containers.Wait.forLogMessage(/Kafka Server started/))
    .start();
  const send = async (signal: string) => {
    await started.exec(['sh', '-c', `kill -${signal} $(pgrep -f kafka.Kafka)`], { user: 'root' });
  };
  return {
    url: `127.0.0.1:${port}`,
    brokers: 1,
    kill: () => send('KILL'),
    freeze: () => send('STOP'),
    thaw: () => send('CONT'),
    restart: () => started.restart({ timeout: 0 }),
    stop: async () => {
      await started.stop();
    },
  };
}
