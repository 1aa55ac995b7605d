import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { Digest } from './digest.ts';
import { PARTITIONS } from './input.ts';
import { withAdmin } from './kafka.ts';

interface Score {
  transactionId: string;
  score: number | null;
}

export async function createScoresTopic(kafka: Kafka): Promise<string> {
  const topic = `scores-${randomUUID()}`;
  await withAdmin(kafka, (admin) =>
    admin.createTopics({
      topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }],
      waitForLeaders: true,
    }),
  );
  return topic;
}

const MAX_WAIT_MS = 100;

export interface Reading {
  stop(): Promise<void>;
}

/** Hears of each score once it is committed. Resolves when it reads. */
export function readScores(kafka: Kafka, topic: string, onScore: (score: Score) => void): Promise<Reading> {
  return readMessages(kafka, topic, (value) => onScore(JSON.parse(value) as Score));
}

/** Hears of each message with a value once it is committed, from the first on. Resolves when it reads. */
export async function readMessages(
  kafka: Kafka,
  topic: string,
  onValue: (value: string) => void,
): Promise<Reading> {
  const consumer = kafka.consumer({
    groupId: `reader-${randomUUID()}`,
    readUncommitted: false,
    maxWaitTimeInMs: MAX_WAIT_MS,
    allowAutoTopicCreation: false,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) if (value !== null) onValue(value.toString());
    },
  });
  const crashed = new Promise<never>((_, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  });
  let stopping = false;
  // One that crashes while it reads ends the benchmark. A fetch that its own end cuts off is no crash.
  crashed.catch((error) => {
    if (!stopping) setImmediate(() => Promise.reject(error));
  });
  await Promise.race([joined, crashed]);
  return {
    stop: () => {
      stopping = true;
      return consumer.disconnect();
    },
  };
}

/** How long nothing more may come before that was all: an open transaction would hold up what follows it. */
const QUIET_MS = 3_000;

/** Everything committed in the topic. @param expected results: less takes until nothing more comes */
export async function digestOfTopic(kafka: Kafka, topic: string, expected: number): Promise<Digest> {
  const digest = new Digest();
  let lastMs = performance.now();
  const reading = await readScores(kafka, topic, ({ transactionId, score }) => {
    digest.add(transactionId, score);
    lastMs = performance.now();
  });
  const quietMs = () => performance.now() - lastMs;
  // After the last expected result a moment more, for those that are too many.
  while (quietMs() < (digest.count < expected ? 10 * QUIET_MS : QUIET_MS / 3)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await reading.stop();
  return digest;
}
