import type { LogPublisher, LogRecord, MirrorCheckpoints } from '../domain/ports.ts';
import type { Sleep } from './retry.ts';

const PUBLISHING_MAX = 4;
/** A checkpoint that lags costs repeats after a restart, and nothing else. */
const RAISE_EVERY_MS = 100;

/**
 * Publishes stretches of the store, several at a time, and raises the mirror's checkpoint behind them: never beyond
 * a stretch that the log has not acknowledged, nor beyond one that follows it.
 */
export class Acknowledged {
  /** Everything up to here is in the log. */
  position: number;
  #raised: number;
  #publishing = 0;
  #last: Promise<void> = Promise.resolve();
  #raising: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;
  #wake: () => void = () => {};
  readonly #publisher: LogPublisher;
  readonly #checkpoints: MirrorCheckpoints;
  readonly #sleep: Sleep;

  constructor(position: number, publisher: LogPublisher, checkpoints: MirrorCheckpoints, sleep: Sleep) {
    this.position = position;
    this.#raised = position;
    this.#publisher = publisher;
    this.#checkpoints = checkpoints;
    this.#sleep = sleep;
  }

  /** @param upTo how far the store is covered by these records and all before them */
  publish(records: readonly LogRecord[], upTo: number): void {
    this.#publishing++;
    // Begun now, so that the publisher is given the stretches in their order.
    const published = records.length === 0 ? Promise.resolve() : this.#publisher.publish(records);
    this.#last = Promise.all([this.#last, published]).then(
      () => this.#acknowledged(upTo),
      (error) => this.#failed(error),
    );
  }

  /** Resolves when more may be published. @throws what publishing, or raising the checkpoint, failed with */
  async room(): Promise<void> {
    while (this.#failure === null && this.#publishing >= PUBLISHING_MAX) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Resolves when all is acknowledged and the checkpoint says so. @throws as room() does */
  async drain(): Promise<void> {
    await this.#last;
    await this.#raising;
    if (this.#failure !== null) throw this.#failure.error;
  }

  #acknowledged(upTo: number): void {
    if (this.#failure !== null) return;
    this.#publishing--;
    this.position = upTo;
    this.#wake();
    if (this.position > this.#raised) this.#raising ??= this.#raise();
  }

  async #raise(): Promise<void> {
    try {
      while (this.#raised < this.position && this.#failure === null) {
        const position = this.position;
        await this.#checkpoints.raise(position);
        this.#raised = position;
        await this.#sleep(RAISE_EVERY_MS);
      }
    } catch (error) {
      this.#failed(error);
    }
    this.#raising = null;
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }
}
