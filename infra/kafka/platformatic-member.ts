import { Consumer } from '@platformatic/kafka';
import {
  type GroupMember,
  HEARTBEAT_INTERVAL_MS,
  type MemberEvents,
  REJOIN_WAIT_MS,
  REQUEST_TIMEOUT_MS,
  SESSION_TIMEOUT_MS,
} from './kafka-client.ts';
import type { KafkaSettings } from './kafka-settings.ts';
import { PlatformaticFetcher } from './platformatic-fetcher.ts';
import { platformaticOptions } from './platformatic-options.ts';

/** Without a heartbeat for so long the consumer is given up. */
const SILENCE_LIMIT_MS = 45_000;

/**
 * A member that fetches for itself, as the package's streams cannot hold back single partitions; the package keeps
 * the membership. It makes itself a new consumer whenever the old one has failed or gone silent.
 */
export class PlatformaticMember implements GroupMember {
  readonly #settings: KafkaSettings;
  readonly #topic: string;
  readonly #groupId: string;
  readonly #events: MemberEvents;
  #consumer: Consumer | null = null;
  #fetcher: PlatformaticFetcher | null = null;
  #restart: NodeJS.Timeout | null = null;
  #restartWaitMs = REJOIN_WAIT_MS.first;
  #lastSignMs = performance.now();
  readonly #watch: NodeJS.Timeout;
  #closed = false;

  constructor(settings: KafkaSettings, topic: string, groupId: string, events: MemberEvents) {
    this.#settings = settings;
    this.#topic = topic;
    this.#groupId = groupId;
    this.#events = events;
    this.#watch = setInterval(() => this.#lookForLife(), SILENCE_LIMIT_MS / 4);
    this.#start();
  }

  readFrom(partition: number, offset: number | null): void {
    this.#fetcher?.readFrom(partition, offset);
  }

  pause(partition: number): void {
    this.#fetcher?.pause(partition);
  }

  resume(partition: number): void {
    this.#fetcher?.resume(partition);
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const topic = this.#topic;
    const entries = [...offsets].map(([partition, offset]) => ({
      topic,
      partition,
      offset: BigInt(offset),
      leaderEpoch: -1,
    }));
    await this.#consumer?.commit({ offsets: entries });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#restart ?? undefined);
    const [consumer, fetcher] = [this.#consumer, this.#fetcher];
    this.#consumer = null;
    fetcher?.stop();
    await consumer?.close(true);
  }

  #start(): void {
    const consumer = new Consumer({
      ...platformaticOptions(this.#settings),
      groupId: this.#groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      autocommit: false,
      // A broker answers a member that joins once all others have, or are given up.
      requestTimeout: SESSION_TIMEOUT_MS + REQUEST_TIMEOUT_MS,
      // A request is repeated here, to the broker that leads by then.
      retries: 0,
    });
    const fetcher = new PlatformaticFetcher(consumer, this.#topic, this.#events);
    this.#consumer = consumer;
    this.#fetcher = fetcher;
    this.#lastSignMs = performance.now();
    consumer.on('consumer:heartbeat:end', () => this.#sign());
    consumer.on('error', (error: Error) => this.#failed(consumer, error));
    consumer.on('consumer:group:join', () => {
      if (consumer !== this.#consumer) return;
      this.#sign();
      this.#restartWaitMs = REJOIN_WAIT_MS.first;
      fetcher.assign(this.#partitionsOf(consumer));
    });
    consumer.topics.track(this.#topic);
    consumer.joinGroup({}).catch((error) => this.#failed(consumer, error));
  }

  #partitionsOf({ assignments }: Consumer): number[] {
    return assignments?.find(({ topic }) => topic === this.#topic)?.partitions ?? [];
  }

  #sign(): void {
    this.#lastSignMs = performance.now();
  }

  #failed(consumer: Consumer, error: Error): void {
    if (this.#closed || consumer !== this.#consumer) return;
    this.#events.onTrouble(error);
    const fetcher = this.#fetcher;
    this.#consumer = null;
    this.#fetcher = null;
    fetcher?.stop();
    consumer.close(true).catch((late) => this.#events.onTrouble(late));
    this.#restart = setTimeout(() => this.#start(), this.#restartWaitMs);
    this.#restartWaitMs = Math.min(this.#restartWaitMs * 2, REJOIN_WAIT_MS.longest);
  }

  #lookForLife(): void {
    const silentMs = performance.now() - this.#lastSignMs;
    if (this.#consumer === null || silentMs < SILENCE_LIMIT_MS) return;
    this.#failed(this.#consumer, new Error(`no heartbeat for ${Math.round(silentMs)} ms`));
  }
}
