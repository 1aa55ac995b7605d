import { Producer, stringSerializers } from '@platformatic/kafka';
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
import { PlatformaticMember } from './platformatic-member.ts';
import { platformaticOptions } from './platformatic-options.ts';

/** The port through @platformatic/kafka. */
export class PlatformaticClient implements KafkaClient {
  readonly #settings: KafkaSettings;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
  }

  async producer(topic: string): Promise<KafkaProducer> {
    const options = {
      ...platformaticOptions(this.#settings),
      idempotent: false,
      serializers: stringSerializers,
    };
    return new PlatformaticProducer(new Producer(options), topic);
  }

  async join(topic: string, groupId: string, events: MemberEvents): Promise<GroupMember> {
    return new PlatformaticMember(this.#settings, topic, groupId, events);
  }
}

const ALL_IN_SYNC = -1;

class PlatformaticProducer implements KafkaProducer {
  readonly #producer: Producer<string, string, string, string>;
  readonly #topic: string;

  constructor(producer: Producer<string, string, string, string>, topic: string) {
    this.#producer = producer;
    this.#topic = topic;
  }

  async send(partition: number, messages: readonly OutgoingMessage[]): Promise<void> {
    const placed = messages.map(({ key, value, headers }) => ({
      topic: this.#topic,
      partition,
      headers,
      ...(key === null ? {} : { key }),
      ...(value === null ? {} : { value }),
    }));
    const sending = { messages: placed as never, acks: ALL_IN_SYNC };
    const { offsets = [] } = await this.#producer.send(sending).catch((error) => {
      throw refused(error) ?? error;
    });
    const acknowledged = offsets.map((stored) => stored.partition);
    if (acknowledged.length !== 1 || acknowledged[0] !== partition) {
      throw new Error(`partition ${partition} was sent to, ${JSON.stringify(acknowledged)} acknowledged`);
    }
  }

  close(): Promise<void> {
    return this.#producer.close(true);
  }
}

/** What the broker said lies in an aggregate of errors, at times more than one deep. */
function refused(error: unknown): RecordsRefused | undefined {
  const within = [error];
  for (const each of within) {
    if (!(each instanceof Error)) continue;
    const refusal = refusalOf(Number((each as Error & { apiCode?: unknown }).apiCode));
    if (refusal !== undefined) return new RecordsRefused(refusal, error);
    within.push(each.cause, ...((each as AggregateError).errors ?? []));
  }
  return undefined;
}
