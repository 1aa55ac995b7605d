import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import {
  FETCH_BYTES_PER_PARTITION,
  FETCH_WAIT_MS,
  type FetchedMessage,
  type GroupMember,
  HEARTBEAT_INTERVAL_MS,
  type MemberEvents,
  REJOIN_WAIT_MS,
  SESSION_TIMEOUT_MS,
} from './kafka-client.ts';
import { KAFKAJS_RETRY } from './kafkajs-options.ts';

/** Without any sign of life for so long the consumer is given up: it is known to stop without a word. */
const SILENCE_LIMIT_MS = 45_000;

/** A member that makes itself a new consumer whenever the old one has crashed or gone silent. */
export class KafkajsMember implements GroupMember {
  readonly #instance: () => Kafka;
  readonly #topic: string;
  readonly #groupId: string;
  readonly #events: MemberEvents;
  #consumer: Consumer | null = null;
  #restart: NodeJS.Timeout | null = null;
  #restartWaitMs = REJOIN_WAIT_MS.first;
  #lastSignMs = performance.now();
  readonly #watch: NodeJS.Timeout;
  #closed = false;

  constructor(instance: () => Kafka, topic: string, groupId: string, events: MemberEvents) {
    this.#instance = instance;
    this.#topic = topic;
    this.#groupId = groupId;
    this.#events = events;
    this.#watch = setInterval(() => this.#lookForLife(), SILENCE_LIMIT_MS / 4);
    this.#start();
  }

  readFrom(partition: number, offset: number | null): void {
    // Where offset 0 is gone, as any offset that is not there, kafkajs turns to the oldest message.
    this.#consumer?.seek({ topic: this.#topic, partition, offset: String(offset ?? 0) });
    this.resume(partition);
  }

  pause(partition: number): void {
    this.#consumer?.pause([{ topic: this.#topic, partitions: [partition] }]);
  }

  resume(partition: number): void {
    this.#consumer?.resume([{ topic: this.#topic, partitions: [partition] }]);
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const topic = this.#topic;
    const entries = [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }));
    await this.#consumer?.commitOffsets(entries);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#restart ?? undefined);
    const consumer = this.#consumer;
    this.#consumer = null;
    await consumer?.disconnect();
  }

  #start(): void {
    const consumer = this.#instance().consumer({
      groupId: this.#groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
      allowAutoTopicCreation: false,
      // Crashes are answered here, all of them alike.
      retry: { ...KAFKAJS_RETRY, restartOnFailure: async () => false },
    });
    this.#consumer = consumer;
    this.#lastSignMs = performance.now();
    this.#listen(consumer);
    this.#run(consumer).catch((error) => this.#failed(consumer, error));
  }

  async #run(consumer: Consumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      partitionsConsumedConcurrently: 4,
      eachBatch: async (payload) => this.#take(consumer, payload),
    });
  }

  #listen(consumer: Consumer): void {
    const { GROUP_JOIN, CRASH, HEARTBEAT, FETCH } = consumer.events;
    const sign = () => {
      this.#lastSignMs = performance.now();
    };
    consumer.on(HEARTBEAT, sign);
    consumer.on(FETCH, sign);
    consumer.on(CRASH, ({ payload }) => this.#failed(consumer, payload.error));
    consumer.on(GROUP_JOIN, ({ payload }) => {
      if (consumer !== this.#consumer) return;
      sign();
      this.#restartWaitMs = REJOIN_WAIT_MS.first;
      const partitions = payload.memberAssignment[this.#topic] ?? [];
      // Or it would read from the group's offsets.
      if (partitions.length > 0) consumer.pause([{ topic: this.#topic, partitions }]);
      this.#events.onAssigned(partitions);
    });
  }

  #take(consumer: Consumer, { batch, isStale }: EachBatchPayload): void {
    if (consumer !== this.#consumer || isStale()) return;
    this.#events.onMessages(batch.partition, batch.messages.map(fetched));
  }

  #failed(consumer: Consumer, error: Error): void {
    if (this.#closed || consumer !== this.#consumer) return;
    this.#events.onTrouble(error);
    this.#consumer = null;
    consumer.disconnect().catch((late) => this.#events.onTrouble(late));
    this.#restart = setTimeout(() => this.#start(), this.#restartWaitMs);
    this.#restartWaitMs = Math.min(this.#restartWaitMs * 2, REJOIN_WAIT_MS.longest);
  }

  #lookForLife(): void {
    const silentMs = performance.now() - this.#lastSignMs;
    if (this.#consumer === null || silentMs < SILENCE_LIMIT_MS) return;
    this.#failed(
      this.#consumer,
      new Error(`the consumer gave no sign of life for ${Math.round(silentMs)} ms`),
    );
  }
}

function fetched({ offset, value, headers }: EachBatchPayload['batch']['messages'][number]): FetchedMessage {
  const texts: Record<string, string> = {};
  for (const name in headers) texts[name] = String(headers[name]);
  return { offset: Number(offset), value, headers: texts };
}
