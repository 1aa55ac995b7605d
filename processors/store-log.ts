import type { EventStore, Log, LogRecord } from '../domain/ports.ts';
import { Mirror } from './mirror.ts';
import { catchUp, type RuleSetTimeline } from './rule-set-timeline.ts';

/** How the embedded log is told that the store has grown: resolves then, or after `timeoutMs`. */
export type WaitForMore = (afterPosition: number, timeoutMs: number) => Promise<void>;

/** The log of the embedded deployment: the store itself, read by position, in one partition. */
export class StoreLog implements Log {
  readonly #store: EventStore;
  readonly #timeline: RuleSetTimeline;
  readonly #waitForMore: WaitForMore;
  #mirror: Mirror | undefined;

  constructor(store: EventStore, timeline: RuleSetTimeline, waitForMore: WaitForMore) {
    this.#store = store;
    this.#timeline = timeline;
    this.#waitForMore = waitForMore;
  }

  async poll(_partition: number, afterPosition: number, limit: number): Promise<LogRecord[]> {
    const facts = await this.#store.readAll(afterPosition, limit);
    if (facts.length === 0) return [];
    const mirror = await this.#mirrorAt(afterPosition);
    return [...mirror.mirror(facts), ...mirror.ticks()];
  }

  waitForMore(_partition: number, afterPosition: number, timeoutMs: number): Promise<void> {
    return this.#waitForMore(afterPosition, timeoutMs);
  }

  async #mirrorAt(position: number): Promise<Mirror> {
    if (this.#mirror?.position !== position) {
      await catchUp(this.#timeline, this.#store, position);
      this.#mirror = new Mirror(position, this.#timeline);
    }
    return this.#mirror;
  }
}
