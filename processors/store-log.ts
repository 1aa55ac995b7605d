import type { EventStore, Log, LogRecord } from '../domain/ports.ts';
import { Mirror } from './mirror.ts';
import type { Stamper } from './stamper.ts';

/** How the embedded log is told that the store has grown: resolves then, or after `timeoutMs`. */
export type WaitForMore = (afterPosition: number, timeoutMs: number) => Promise<void>;

const PREPARE_EVERY_MS = 50;

/** The log of the embedded deployment: the store itself, read by position, in one partition. */
export class StoreLog implements Log {
  readonly #store: EventStore;
  readonly #stamper: Pick<Stamper, 'stamp' | 'prepare'>;
  readonly #waitForMore: WaitForMore;
  #mirror: Mirror | undefined;
  #prepareAtMs = 0;
  #hasToPrepare = false;

  constructor(store: EventStore, stamper: Pick<Stamper, 'stamp' | 'prepare'>, waitForMore: WaitForMore) {
    this.#store = store;
    this.#stamper = stamper;
    this.#waitForMore = waitForMore;
  }

  async poll(_partition: number, afterPosition: number, limit: number): Promise<LogRecord[]> {
    const facts = await this.#store.readAll(afterPosition, limit);
    if (facts.length < limit) await this.#prepare(afterPosition, facts.length === 0);
    if (facts.length === 0) return [];
    const stamped = await this.#stamper.stamp(afterPosition, facts);
    if (this.#mirror?.position !== afterPosition) this.#mirror = new Mirror(afterPosition);
    return [...this.#mirror.mirror(stamped), ...this.#mirror.ticks()];
  }

  waitForMore(_partition: number, afterPosition: number, timeoutMs: number): Promise<void> {
    return this.#waitForMore(afterPosition, this.#hasToPrepare ? 1 : timeoutMs);
  }

  /** At once where there is nothing else to do; else now and then, so that it takes a tenth of the time. */
  async #prepare(position: number, isIdle: boolean): Promise<void> {
    if (!isIdle && performance.now() < this.#prepareAtMs) return;
    this.#prepareAtMs = performance.now() + PREPARE_EVERY_MS;
    this.#hasToPrepare = await this.#stamper.prepare(position);
  }
}
