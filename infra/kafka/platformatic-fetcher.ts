import { setTimeout as delay } from 'node:timers/promises';
import {
  type Consumer,
  findErrorBy,
  type KafkaRecord,
  ListOffsetTimestamps,
  type RecordsBatch,
} from '@platformatic/kafka';
import {
  FETCH_BYTES_PER_PARTITION,
  FETCH_WAIT_MS,
  type FetchedMessage,
  type MemberEvents,
  REJOIN_WAIT_MS,
  REQUEST_TIMEOUT_MS,
} from './kafka-client.ts';
import { within } from './within.ts';

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;

interface Reading {
  /** Next to be fetched; null until it is known. */
  offset: bigint | null;
  paused: boolean;
}

/** Fetches what a consumer is assigned: one request at a time to each broker that leads some of it. */
export class PlatformaticFetcher {
  readonly #consumer: Consumer;
  readonly #topic: string;
  readonly #events: Pick<MemberEvents, 'onAssigned' | 'onMessages' | 'onTrouble'>;
  #readings = new Map<number, Reading>();
  /** Brokers that are being asked. */
  readonly #asked = new Map<number, Promise<void>>();
  #leaders: number[] | null = null;
  #topicId = '';
  #wake: () => void = () => {};
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(consumer: Consumer, topic: string, events: MemberEvents) {
    this.#consumer = consumer;
    this.#topic = topic;
    this.#events = events;
  }

  /** Nothing is fetched of any of them until readFrom() says from where. */
  assign(partitions: readonly number[]): void {
    this.#readings = new Map(partitions.map((partition) => [partition, { offset: null, paused: true }]));
    this.#events.onAssigned(partitions);
    this.#running ??= this.#run();
  }

  readFrom(partition: number, offset: number | null): void {
    if (!this.#readings.has(partition)) return;
    this.#readings.set(partition, { offset: BigInt(offset ?? 0), paused: false });
    this.#wake();
  }

  pause(partition: number): void {
    const reading = this.#readings.get(partition);
    if (reading !== undefined) reading.paused = true;
  }

  resume(partition: number): void {
    const reading = this.#readings.get(partition);
    if (reading === undefined) return;
    reading.paused = false;
    this.#wake();
  }

  /** What is under way ends with the consumer. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    let waitMs = REJOIN_WAIT_MS.first;
    while (!this.#stopped) {
      try {
        await this.#round();
        waitMs = REJOIN_WAIT_MS.first;
      } catch (error) {
        await this.#troubled(error, waitMs);
        waitMs = Math.min(waitMs * 2, REJOIN_WAIT_MS.longest);
      }
    }
  }

  /** Asks every broker that is not being asked yet, and waits until one has answered or something is wanted anew. */
  async #round(): Promise<void> {
    const leaders = this.#leaders ?? (await this.#lookUpLeaders());
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    for (const [node, partitions] of this.#wanted(leaders)) {
      const answered = this.#ask(node, partitions).finally(() => this.#asked.delete(node));
      this.#asked.set(node, answered);
    }
    await Promise.race([woken, ...this.#asked.values()]);
  }

  async #lookUpLeaders(): Promise<number[]> {
    const metadata = await this.#consumer.metadata({ topics: [this.#topic], forceUpdate: true });
    const { id, partitions } = metadata.topics.get(this.#topic)!;
    this.#topicId = id;
    this.#leaders = partitions.map(({ leader }) => leader);
    return this.#leaders;
  }

  #wanted(leaders: readonly number[]): Map<number, Map<number, Reading>> {
    const wanted = new Map<number, Map<number, Reading>>();
    for (const [partition, reading] of this.#readings) {
      const node = leaders[partition]!;
      if (reading.offset === null || reading.paused || this.#asked.has(node)) continue;
      const ofNode = wanted.get(node) ?? new Map<number, Reading>();
      wanted.set(node, ofNode.set(partition, reading));
    }
    return wanted;
  }

  async #ask(node: number, readings: ReadonlyMap<number, Reading>): Promise<void> {
    const asked = new Map([...readings].map(([partition, { offset }]) => [partition, offset!]));
    const partitions = [...asked].map(([partition, fetchOffset]) => ({
      partition,
      fetchOffset,
      partitionMaxBytes: FETCH_BYTES_PER_PARTITION,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
    }));
    try {
      const topics = [{ topicId: this.#topicId, partitions }];
      const fetching = this.#consumer.fetch({ node, topics, minBytes: 1, maxWaitTime: FETCH_WAIT_MS });
      const response = await within(REQUEST_TIMEOUT_MS, fetching, `a fetch from broker ${node}`);
      this.#take(response, readings, asked);
    } catch (error) {
      const outOfRange = findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE') !== null;
      await (outOfRange ? this.#turnToOldest(readings) : this.#troubled(error, REJOIN_WAIT_MS.first));
    }
  }

  async #troubled(error: unknown, waitMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#events.onTrouble(error as Error);
    this.#leaders = null;
    await delay(waitMs);
  }

  #take(response: FetchResponse, readings: ReadonlyMap<number, Reading>, asked: Map<number, bigint>): void {
    for (const { partitionIndex, records } of response.responses.flatMap(({ partitions }) => partitions)) {
      const reading = readings.get(partitionIndex);
      const from = asked.get(partitionIndex);
      // Sent elsewhere or taken away since: somebody else's answer.
      const stale = reading?.offset !== from || this.#readings.get(partitionIndex) !== reading;
      const last = records?.at(-1);
      if (reading === undefined || from === undefined || stale || last === undefined) continue;
      reading.offset = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
      this.#events.onMessages(partitionIndex, messagesOf(records!, from));
    }
  }

  /** Of those that are asked for what is not there; asking for the others again does no harm. */
  async #turnToOldest(readings: ReadonlyMap<number, Reading>): Promise<void> {
    let oldest: bigint[];
    let newest: bigint[];
    try {
      oldest = await this.#offsets(ListOffsetTimestamps.EARLIEST);
      newest = await this.#offsets(ListOffsetTimestamps.LATEST);
    } catch (error) {
      return this.#troubled(error, REJOIN_WAIT_MS.first);
    }
    for (const [partition, reading] of readings) {
      const [first, end] = [oldest[partition]!, newest[partition]!];
      if (reading.offset !== null && (reading.offset < first || reading.offset > end)) reading.offset = first;
    }
  }

  async #offsets(timestamp: bigint): Promise<bigint[]> {
    return (await this.#consumer.listOffsets({ topics: [this.#topic], timestamp })).get(this.#topic)!;
  }
}

const CONTROL_BATCH = 0x20;

function messagesOf(batches: readonly RecordsBatch[], from: bigint): FetchedMessage[] {
  const messages: FetchedMessage[] = [];
  for (const { attributes, firstOffset, records } of batches) {
    if ((attributes & CONTROL_BATCH) !== 0) continue;
    for (const record of records) {
      const offset = firstOffset + BigInt(record.offsetDelta);
      // A batch is delivered whole, also if it was asked for from its middle on.
      if (offset >= from) messages.push(messageOf(record, Number(offset)));
    }
  }
  return messages;
}

function messageOf({ value, headers }: KafkaRecord, offset: number): FetchedMessage {
  const texts: Record<string, string> = {};
  for (const [name, text] of headers) if (name !== null) texts[name.toString()] = text?.toString() ?? '';
  return { offset, value, headers: texts };
}
