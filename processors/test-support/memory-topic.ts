import type { Log, LogPublisher, LogRecord } from '../../domain/ports.ts';

/** A topic in memory: what is published stays, each partition in its order, with offsets. */
export class MemoryTopic implements LogPublisher, Log {
  readonly records: LogRecord[][];
  /** Runs before records are taken: may delay, or throw to refuse them. */
  beforePublish: (records: readonly LogRecord[]) => Promise<void> = async () => {};

  constructor(partitions: number) {
    this.records = Array.from({ length: partitions }, () => []);
  }

  async publish(records: readonly LogRecord[]): Promise<void> {
    await this.beforePublish(records);
    this.add(records);
  }

  add(records: readonly LogRecord[]): void {
    for (const record of records) {
      const partition = this.records[record.partition]!;
      partition.push({ ...record, offset: partition.length });
    }
  }

  async poll(partition: number, afterPosition: number, limit: number): Promise<LogRecord[]> {
    return this.records[partition]!.filter(({ position }) => position > afterPosition).slice(0, limit);
  }

  async waitForMore(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
