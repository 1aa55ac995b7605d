import { type ExportRecord, type ExportTopic, RecordsRefused } from '../../domain/export-record.ts';
import type { ExportLog } from '../../domain/ports.ts';
import type { KafkaClient, KafkaProducer, OutgoingMessage } from './kafka-client.ts';
import { within } from './within.ts';

/** A producer that waits for a broker longer than this is given up: it may go on asking the one that is frozen. */
const SEND_LIMIT_MS = 4_000;
/** Of the values' JSON; raised when what readers rely on changes. */
const SCHEMA = '1';

/**
 * Exports in topics. Key: the account. Value: JSON. Headers: `id`, `schema`, and `traceparent` where the transaction
 * came with one. Each topic has a producer of its own, replaced after any failure.
 */
export class KafkaExportLog implements ExportLog {
  readonly #client: KafkaClient;
  readonly #topicName: (topic: ExportTopic) => string;
  readonly #producers = new Map<ExportTopic, Promise<KafkaProducer>>();

  constructor(client: KafkaClient, topicName: (topic: ExportTopic) => string) {
    this.#client = client;
    this.#topicName = topicName;
  }

  async append(topic: ExportTopic, partition: number, records: readonly ExportRecord[]): Promise<void> {
    const producing = this.#producers.get(topic) ?? this.#client.producer(this.#topicName(topic));
    this.#producers.set(topic, producing);
    try {
      const sending = producing.then((producer) => producer.send(partition, records.map(messageOf)));
      await within(SEND_LIMIT_MS, sending, `a send to partition ${partition} of ${this.#topicName(topic)}`);
    } catch (error) {
      if (!(error instanceof RecordsRefused)) this.#discard(topic, producing);
      throw error;
    }
  }

  async close(): Promise<void> {
    const open = [...this.#producers.values()];
    this.#producers.clear();
    await Promise.all(open.map(closed));
  }

  /** Others who send by it fail too, and try again with the next one. */
  #discard(topic: ExportTopic, producing: Promise<KafkaProducer>): void {
    if (this.#producers.get(topic) === producing) this.#producers.delete(topic);
    void closed(producing);
  }
}

/** One that never came about, or does not even close, is of no more interest. */
async function closed(producing: Promise<KafkaProducer>): Promise<void> {
  await producing.then((producer) => producer.close()).catch(() => undefined);
}

export function messageOf({ id, accountId, value, traceparent }: ExportRecord): OutgoingMessage {
  const headers: Record<string, string> = { id, schema: SCHEMA };
  if (traceparent !== null) headers.traceparent = traceparent;
  return { key: accountId, value, headers };
}
