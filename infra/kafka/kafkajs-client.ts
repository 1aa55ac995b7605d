import type { Kafka, Producer } from 'kafkajs';
import { RecordsRefused } from '../../domain/export-record.ts';
import {
  type GroupMember,
  type KafkaClient,
  type KafkaProducer,
  type MemberEvents,
  type OutgoingMessage,
  refusalOf,
} from './kafka-client.ts';
import type { KafkaSettings } from './kafka-settings.ts';
import { KafkajsMember } from './kafkajs-member.ts';
import { KAFKAJS_RETRY, kafkajsInstances } from './kafkajs-options.ts';

/** The port through kafkajs, which must be guarded: docs/adr/0011. */
export class KafkajsClient implements KafkaClient {
  readonly #instance: () => Kafka;

  constructor(settings: KafkaSettings) {
    this.#instance = kafkajsInstances(settings);
  }

  async producer(topic: string): Promise<KafkaProducer> {
    // Not idempotent: sequence numbers that are used again after an error lose what they number, repeats do no harm.
    const producer = this.#instance().producer({ allowAutoTopicCreation: false, retry: KAFKAJS_RETRY });
    await producer.connect();
    return new KafkajsProducer(producer, topic);
  }

  async join(topic: string, groupId: string, events: MemberEvents): Promise<GroupMember> {
    return new KafkajsMember(this.#instance, topic, groupId, events);
  }
}

const ALL_IN_SYNC = -1;

class KafkajsProducer implements KafkaProducer {
  readonly #producer: Producer;
  readonly #topic: string;

  constructor(producer: Producer, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  async send(partition: number, messages: readonly OutgoingMessage[]): Promise<void> {
    const placed = messages.map((message) => ({ ...message, partition }));
    const sending = { topic: this.#topic, messages: placed, acks: ALL_IN_SYNC };
    const stored = await this.#producer.send(sending).catch((error) => {
      throw refused(error) ?? error;
    });
    // A send that resolves may have left partitions out; what it returns are those that were acknowledged.
    const acknowledged = stored.map((answer) => [answer.partition, answer.errorCode]);
    if (acknowledged.length !== 1 || acknowledged[0]![0] !== partition || acknowledged[0]![1] !== 0) {
      throw new Error(`partition ${partition} was sent to, ${JSON.stringify(acknowledged)} acknowledged`);
    }
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }
}

/** kafkajs wraps what the broker said, at times more than once. */
function refused(error: unknown): RecordsRefused | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const refusal = refusalOf(Number((cause as Error & { code?: unknown }).code));
    if (refusal !== undefined) return new RecordsRefused(refusal, error);
  }
  return undefined;
}
