import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, Kafka } from 'kafkajs';
import type { ClientName, KafkaSettings } from '../../infra/kafka/kafka-settings.ts';
import { kafkajsOptions } from '../../infra/kafka/kafkajs-options.ts';

/** The client that Shrike runs with here. */
export const CLIENT: ClientName = (process.env.KAFKA_CLIENT as ClientName | undefined) ?? 'platformatic';

export function kafkaSettingsOf(brokers: string): KafkaSettings {
  return { brokers: brokers.split(','), clientId: 'shrike-bench', client: CLIENT, tls: null, sasl: null };
}

/** What the benchmark itself looks at topics with. */
export const openKafka = (brokers: string): Kafka => new Kafka(kafkajsOptions(kafkaSettingsOf(brokers)));

/** Records ever appended to a topic, transaction markers included. */
export async function endOf(kafka: Kafka, topic: string): Promise<number> {
  return withAdmin(kafka, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  });
}

const ASK_AGAIN_MS = 100;
const ASK_LIMIT_MS = 30_000;

/** Asks again while the broker says that it is not ready yet. */
export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const begun = performance.now(); ; await delay(ASK_AGAIN_MS)) {
      try {
        return await work(admin);
      } catch (error) {
        const { retriable } = error as { retriable?: boolean };
        if (retriable !== true || performance.now() - begun > ASK_LIMIT_MS) throw error;
      }
    }
  } finally {
    await admin.disconnect();
  }
}
