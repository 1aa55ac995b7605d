import type { LogRecord } from '../../domain/ports.ts';

const RECORDS_MAX = 8_192;
const BYTES_MAX = 8_388_608;

/** What was fetched of one partition and not taken yet. It grows by no more than a fetch beyond its bounds. */
export class RecordBuffer {
  paused = false;
  /** What would be fetched next; null for the oldest there is, undefined before anything is known. */
  nextOffset: number | null | undefined;
  /** Position of the newest record that was taken. */
  takenUpTo = 0;
  #records: { record: LogRecord; bytes: number }[] = [];
  #taken = 0;
  #bytes = 0;
  #waiting = new Set<() => void>();

  add(record: LogRecord, bytes: number): void {
    this.#records.push({ record, bytes });
    this.#bytes += bytes;
  }

  hasRoom(): boolean {
    return this.#records.length - this.#taken < RECORDS_MAX && this.#bytes < BYTES_MAX;
  }

  /** The oldest, in order; what lies at or before `afterPosition` is dropped. */
  take(afterPosition: number, limit: number): LogRecord[] {
    const taken: LogRecord[] = [];
    while (taken.length < limit && this.#taken < this.#records.length) {
      const { record, bytes } = this.#records[this.#taken++]!;
      this.#bytes -= bytes;
      if (record.position <= afterPosition) continue;
      taken.push(record);
      this.takenUpTo = Math.max(this.takenUpTo, record.position);
    }
    if (this.#taken === this.#records.length || this.#taken > RECORDS_MAX) {
      this.#records = this.#records.slice(this.#taken);
      this.#taken = 0;
    }
    return taken;
  }

  async waitForMore(timeoutMs: number): Promise<void> {
    if (this.#taken < this.#records.length) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.add(done);
    });
  }

  wake(): void {
    for (const done of this.#waiting) done();
  }
}
