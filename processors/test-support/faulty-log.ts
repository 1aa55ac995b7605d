import type { Log, LogRecord } from '../../domain/ports.ts';
import { Mirror } from '../mirror.ts';
import { RuleSetTimeline } from '../rule-set-timeline.ts';
import type { MemoryEventStore } from './memory-event-store.ts';
import type { Random } from './random.ts';
import { stamped } from './stamped.ts';

/**
 * A log that says only what is true, but loses, repeats and reorders it, and begins where it likes, as mirrors do
 * that start again and brokers that lose. With 0 percent of faults it is the store read by position.
 */
export class FaultyLog implements Log {
  faultPercent: number;
  readonly #store: MemoryEventStore;
  readonly #random: Random;
  readonly #timeline = new RuleSetTimeline();

  constructor(store: MemoryEventStore, random: Random, faultPercent: number) {
    this.#store = store;
    this.#random = random;
    this.faultPercent = faultPercent;
  }

  async poll(_partition: number, afterPosition: number, limit: number): Promise<LogRecord[]> {
    const { facts } = this.#store;
    for (const fact of facts.slice(this.#timeline.position)) this.#timeline.fold(fact);
    const start = this.#faulty() ? this.#random.below(facts.length + 1) : afterPosition;
    const mirror = new Mirror(start);
    const read = facts.slice(start, start + 1 + this.#random.below(Math.min(limit, 24)));
    return this.#distort([...mirror.mirror(stamped(this.#timeline, read)), ...mirror.ticks()]);
  }

  async waitForMore(): Promise<void> {}

  #distort(records: LogRecord[]): LogRecord[] {
    const kept = records.flatMap((record) => {
      if (this.#faulty()) return [];
      return this.#faulty() ? [record, record] : [record];
    });
    for (let i = 1; i < kept.length; i++) {
      if (this.#faulty()) [kept[i - 1], kept[i]] = [kept[i]!, kept[i - 1]!];
    }
    return kept;
  }

  #faulty(): boolean {
    return this.#random.chance(this.faultPercent);
  }
}
