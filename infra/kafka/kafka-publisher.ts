import type { LogPublisher, LogRecord } from '../../domain/ports.ts';
import type { KafkaClient, KafkaProducer, OutgoingMessage } from './kafka-client.ts';
import { encodeRecord } from './record-codec.ts';
import { within } from './within.ts';

/** Of one send: enough to be cheap, little enough to stay far below a broker's limit of a megabyte. */
const SEND_RECORDS_MAX = 500;
const SEND_CHARACTERS_MAX = 400_000;
/** A producer that waits for a broker longer than this is given up: it may go on asking the one that is frozen. */
const SEND_LIMIT_MS = 4_000;

/**
 * Publishes to a topic. Each partition has one send under way at a time, which keeps its order whatever is retried;
 * what comes meanwhile gathers into the next. Calls may overlap.
 */
export class KafkaPublisher implements LogPublisher {
  readonly #client: KafkaClient;
  readonly #topic: string;
  #session: Promise<Session> | null = null;

  constructor(client: KafkaClient, topic: string) {
    this.#client = client;
    this.#topic = topic;
  }

  async publish(records: readonly LogRecord[]): Promise<void> {
    const session = await this.#open();
    try {
      await session.publish(records);
    } catch (error) {
      await this.#discard(session);
      throw error;
    }
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => null);
    this.#session = null;
    await session?.close();
  }

  #open(): Promise<Session> {
    this.#session ??= this.#client.producer(this.#topic).then(
      (producer) => new Session(producer),
      (error) => {
        this.#session = null;
        throw error;
      },
    );
    return this.#session;
  }

  /** After any error a producer is not used again: what it then sends could be taken for what it sent before. */
  async #discard(session: Session): Promise<void> {
    if ((await this.#session?.catch(() => null)) !== session) return;
    this.#session = null;
    session.close().catch(() => undefined);
  }
}

interface Waiting {
  message: OutgoingMessage;
  characters: number;
  sent(): void;
}

/** The life of one producer, to its first error. */
class Session {
  readonly #producer: KafkaProducer;
  readonly #lanes = new Map<number, Waiting[]>();
  readonly #busy = new Set<number>();
  /** Of every call that is not answered yet. */
  readonly #pending = new Set<(error: unknown) => void>();
  #failure: { error: unknown } | null = null;

  constructor(producer: KafkaProducer) {
    this.#producer = producer;
  }

  publish(records: readonly LogRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) throw this.#failure.error;
      let left = records.length;
      if (left === 0) return resolve();
      this.#pending.add(reject);
      const sent = () => {
        if (--left > 0) return;
        this.#pending.delete(reject);
        resolve();
      };
      for (const record of records) this.#enqueue(record, sent);
      for (const partition of this.#lanes.keys()) this.#send(partition);
    });
  }

  close(): Promise<void> {
    this.#fail(new Error('the producer was closed'));
    return this.#producer.close();
  }

  #enqueue(record: LogRecord, sent: () => void): void {
    const message = encodeRecord(record);
    const lane = this.#lanes.get(record.partition) ?? [];
    this.#lanes.set(record.partition, lane);
    lane.push({ message, characters: message.value?.length ?? 0, sent });
  }

  #send(partition: number): void {
    if (!this.#busy.has(partition)) this.#work(partition).catch((error) => this.#fail(error));
  }

  async #work(partition: number): Promise<void> {
    const lane = this.#lanes.get(partition)!;
    this.#busy.add(partition);
    while (lane.length > 0 && this.#failure === null) {
      const batch = lane.splice(0, batchLength(lane));
      const messages = batch.map(({ message }) => message);
      await within(
        SEND_LIMIT_MS,
        this.#producer.send(partition, messages),
        `a send to partition ${partition}`,
      );
      for (const { sent } of batch) sent();
    }
    this.#busy.delete(partition);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
  }
}

function batchLength(lane: readonly Waiting[]): number {
  let characters = 0;
  for (let i = 0; i < lane.length; i++) {
    characters += lane[i]!.characters;
    if (i === SEND_RECORDS_MAX || (i > 0 && characters > SEND_CHARACTERS_MAX)) return i;
  }
  return lane.length;
}
