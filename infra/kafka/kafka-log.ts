import type { Log, LogRecord } from '../../domain/ports.ts';
import type { FetchedMessage, GroupMember, KafkaClient } from './kafka-client.ts';
import { RecordBuffer } from './record-buffer.ts';
import { decodeRecord } from './record-codec.ts';

export interface KafkaLogOptions {
  client: KafkaClient;
  topic: string;
  groupId: string;
  /** The offset of a partition's checkpoint; null where none is known. A shortcut: whatever it says, nothing is lost. */
  startOffset(partition: number): Promise<number | null>;
  /** The partitions this member has from now on, all of them. */
  onAssigned(partitions: readonly number[]): void;
  /** Something failed and is tried again. */
  onTrouble?(error: Error): void;
}

export interface LogCounts {
  received: number;
  /** Messages that are no records; what they stood for is read from the store. */
  unreadable: number;
}

const COMMIT_EVERY_MS = 5_000;
const START_OFFSET_WAIT_MS = 500;

/**
 * The log as one member of a consumer group sees it: the partitions it is assigned. What comes is kept in bounded
 * buffers; a partition whose buffer is full is not fetched on, and neither heartbeats nor other partitions wait.
 */
export class KafkaLog implements Log {
  readonly counts: LogCounts = { received: 0, unreadable: 0 };
  readonly #options: KafkaLogOptions;
  #buffers = new Map<number, RecordBuffer>();
  readonly #handled = new Map<number, number>();
  #member: GroupMember | null = null;
  #commits: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: KafkaLogOptions) {
    this.#options = options;
  }

  /** Joins the group. */
  async open(): Promise<void> {
    const { client, topic, groupId } = this.#options;
    this.#member = await client.join(topic, groupId, {
      onAssigned: (partitions) => this.#assigned(partitions),
      onMessages: (partition, messages) => this.#received(partition, messages),
      onTrouble: (error) => this.#troubled(error),
    });
    this.#commits = setInterval(() => this.#commit(), COMMIT_EVERY_MS);
  }

  async poll(partition: number, afterPosition: number, limit: number): Promise<LogRecord[]> {
    const buffer = this.#buffers.get(partition);
    if (buffer === undefined) return [];
    if (afterPosition < buffer.takenUpTo) {
      this.#beginAgain(partition, buffer);
      return [];
    }
    const records = buffer.take(afterPosition, limit);
    if (buffer.paused && buffer.hasRoom()) {
      buffer.paused = false;
      this.#member?.resume(partition);
    }
    return records;
  }

  async waitForMore(partition: number, _afterPosition: number, timeoutMs: number): Promise<void> {
    const buffer = this.#buffers.get(partition);
    // A partition that was taken away has nothing more to say; its reader is being stopped.
    if (buffer === undefined) await new Promise((resolve) => setTimeout(resolve, Math.min(timeoutMs, 50)));
    else await buffer.waitForMore(timeoutMs);
  }

  /** Everything before this offset was handled: shown as the group's lag, and no more than that. */
  handled(partition: number, offset: number): void {
    this.#handled.set(partition, offset);
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#commits ?? undefined);
    for (const buffer of this.#buffers.values()) buffer.wake();
    this.#buffers.clear();
    await this.#member?.close();
  }

  #assigned(partitions: readonly number[]): void {
    const before = this.#buffers;
    this.#buffers = new Map(
      partitions.map((partition) => [partition, before.get(partition) ?? new RecordBuffer()]),
    );
    for (const [partition, buffer] of before) if (!this.#buffers.has(partition)) buffer.wake();
    for (const [partition, buffer] of this.#buffers) {
      buffer.paused = false;
      if (buffer.nextOffset !== undefined) this.#member?.readFrom(partition, buffer.nextOffset);
      else void this.#begin(partition, buffer);
    }
    this.#options.onAssigned(partitions);
  }

  /**
   * The reader has gone back to its checkpoint, since another had moved it: what it took is wanted once more. Were it
   * not read again, only the next record would show that it is missing, and a quiet partition has none.
   */
  #beginAgain(partition: number, before: RecordBuffer): void {
    const buffer = new RecordBuffer();
    this.#buffers.set(partition, buffer);
    if (before.paused) this.#member?.resume(partition);
    before.wake();
    void this.#begin(partition, buffer);
  }

  /** Reads on from where the checkpoint says, once that is known. */
  async #begin(partition: number, buffer: RecordBuffer): Promise<void> {
    while (!this.#closed && this.#buffers.get(partition) === buffer) {
      try {
        buffer.nextOffset = await this.#options.startOffset(partition);
        if (this.#buffers.get(partition) === buffer) this.#member?.readFrom(partition, buffer.nextOffset);
        return;
      } catch (error) {
        this.#troubled(error as Error);
        await new Promise((resolve) => setTimeout(resolve, START_OFFSET_WAIT_MS));
      }
    }
  }

  #received(partition: number, messages: readonly FetchedMessage[]): void {
    const buffer = this.#buffers.get(partition);
    if (buffer === undefined) return;
    this.counts.received += messages.length;
    for (const message of messages) {
      buffer.nextOffset = message.offset + 1;
      try {
        buffer.add(decodeRecord(partition, message), message.value?.length ?? 0);
      } catch (error) {
        // The next record's interval will not reach back over it: the reader turns to the store.
        this.counts.unreadable++;
        this.#troubled(error as Error);
      }
    }
    buffer.wake();
    if (!buffer.hasRoom() && !buffer.paused) {
      buffer.paused = true;
      this.#member?.pause(partition);
    }
  }

  #commit(): void {
    const own = [...this.#handled].filter(([partition]) => this.#buffers.has(partition));
    this.#handled.clear();
    if (own.length > 0) this.#member?.commit(new Map(own)).catch((error) => this.#troubled(error));
  }

  #troubled(error: Error): void {
    this.#options.onTrouble?.(error);
  }
}
