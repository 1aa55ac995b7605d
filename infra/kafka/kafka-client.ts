/** What is sent: text, as everything in the log is. */
export interface OutgoingMessage {
  key: string | null;
  value: string | null;
  headers: Record<string, string>;
}

export interface FetchedMessage {
  offset: number;
  value: Buffer | null;
  headers: Record<string, string>;
}

export interface KafkaProducer {
  /**
   * Appends to one partition, in the order given. Resolves when all in-sync replicas hold every message.
   * @throws RecordsRefused if the broker will not take this batch, ever; nothing of it is there, and the producer
   * goes on. Any other error: some, all or none may be there, once or twice; the producer is then of no more use
   */
  send(partition: number, messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** What a member of a consumer group is told. None of it may block: heartbeats are sent on the same thread. */
export interface MemberEvents {
  /** The partitions it has from now on, all of them. Nothing is read of any until readFrom() says from where. */
  onAssigned(partitions: readonly number[]): void;
  onMessages(partition: number, messages: readonly FetchedMessage[]): void;
  /** Something failed; the member goes on trying by itself. */
  onTrouble(error: Error): void;
}

export interface GroupMember {
  /** @param offset null for the oldest message; where that offset is gone, too */
  readFrom(partition: number, offset: number | null): void;
  /** A few messages more may still come. */
  pause(partition: number): void;
  resume(partition: number): void;
  /** For displays of lag only: nothing is ever read from there. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Leaves the group. */
  close(): Promise<void>;
}

/** The little of Kafka that the log needs, for which several client packages stand in. */
export interface KafkaClient {
  producer(topic: string): Promise<KafkaProducer>;
  /** Resolves at once; joining goes on by itself, also again after any failure. */
  join(topic: string, groupId: string, events: MemberEvents): Promise<GroupMember>;
}

/** A group's rebalance is noticed within a heartbeat, a dead member after the session. */
export const SESSION_TIMEOUT_MS = 10_000;
export const HEARTBEAT_INTERVAL_MS = 500;
/** How long a broker holds a fetch that finds nothing, and so how long a partition that is resumed may wait. */
export const FETCH_WAIT_MS = 100;
export const FETCH_BYTES_PER_PARTITION = 1_048_576;
/** A broker that is frozen, not dead, is given up after this; what it does later all the same does no harm. */
export const REQUEST_TIMEOUT_MS = 3_000;
export const CONNECT_TIMEOUT_MS = 1_500;
/** Between attempts to come back, longer each time. */
export const REJOIN_WAIT_MS = { first: 200, longest: 5_000 };

/** The protocol's numbers of what a broker says of messages that it will not take as they are. */
const REFUSALS: Record<number, string> = {
  10: 'too large for the topic (max.message.bytes)',
  18: 'too large for a segment of the topic (segment.bytes)',
  32: 'its timestamp is not one that the topic takes',
  87: 'against a rule of the topic',
};

/** What a broker's error number says against the messages themselves; undefined of everything that may pass. */
export const refusalOf = (errorCode: number): string | undefined => REFUSALS[errorCode];
