import { setImmediate } from 'node:timers/promises';
import type { EventStore } from '../domain/ports.ts';
import { DEFAULT_BUDGET_EVENTS } from './batch-fold.ts';
import type { EntityKeep } from './entity-history.ts';
import { partitionOfKey } from './key-partitions.ts';
import { RiskProcessor, type RiskProcessorOptions } from './risk-processor.ts';
import type { RiskStatus } from './risk-status.ts';
import { RuleSetTimeline } from './rule-set-timeline.ts';
import { ScoringPlans } from './scoring-plans.ts';
import { withSharedReads } from './shared-reads.ts';
import { Stamper } from './stamper.ts';
import { StretchesInStep } from './stretches-in-step.ts';

export interface PartitionGroupOptions
  extends Omit<RiskProcessorOptions, 'partition' | 'owns' | 'stamper' | 'stretches' | 'store'> {
  store: EventStore;
  /** Of entities, for what is read from the store instead of the log; see EntityHistory. */
  keep?: EntityKeep | undefined;
  /** How many partitions the log has in all. */
  partitions: number;
  /** A partition has stopped for good, until it is assigned elsewhere; its status says why too. */
  onFailed?(partition: number, error: unknown): void;
}

interface Member {
  processor: RiskProcessor;
  /** Never rejects. */
  ended: Promise<void>;
}

/**
 * The partitions that one process has of a log: a risk processor each, begun when the partition is assigned and
 * ended when it is taken away. What was decided by then is recorded, unless the next owner was faster: the
 * checkpoint is compared and set. One timeline, one scan of the store and one budget of memory serve them all.
 */
export class PartitionGroup {
  readonly #options: PartitionGroupOptions;
  readonly #store: EventStore;
  readonly #stamper: Stamper;
  readonly #stretches: StretchesInStep;
  readonly #members = new Map<number, Member>();
  /** Processors that were told to stop, until they have. */
  readonly #ending = new Map<number, Promise<void>>();
  #stopped = false;

  constructor(options: PartitionGroupOptions) {
    this.#options = options;
    const store = withSharedReads(options.store);
    const timeline = new RuleSetTimeline();
    const plans = new ScoringPlans(timeline, store, options.compile);
    this.#store = store;
    this.#stamper = new Stamper({
      store,
      timeline,
      plans,
      breathe: setImmediate,
      keep: options.keep,
    });
    this.#stretches = new StretchesInStep(store, this.#stamper);
  }

  /** The partitions this process has from now on, all of them. Those it had already go on undisturbed. */
  assign(partitions: readonly number[]): void {
    const wanted = new Set(this.#stopped ? [] : partitions);
    for (const partition of this.#members.keys()) if (!wanted.has(partition)) this.#end(partition);
    const budgetEvents = this.#share(wanted.size);
    for (const { processor } of this.#members.values()) processor.budgetEvents = budgetEvents;
    for (const partition of wanted) if (!this.#members.has(partition)) this.#begin(partition, budgetEvents);
  }

  /** The processor that scores an account, if it is one of this process. */
  processorOf(accountId: string): RiskProcessor | undefined {
    return this.#members.get(partitionOfKey(accountId, this.#options.partitions))?.processor;
  }

  /** @param head the store's newest position */
  statuses(head: number): RiskStatus[] {
    return [...this.#members.values()].map(({ processor }) => processor.status(head));
  }

  /** Resolves when everything decided is recorded, or another owner has it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.assign([]);
    await Promise.all(this.#ending.values());
  }

  #begin(partition: number, budgetEvents: number): void {
    const { partitions, onFailed, ...options } = this.#options;
    const processor = new RiskProcessor({
      ...options,
      store: this.#store,
      stamper: this.#stamper,
      stretches: this.#stretches,
      budgetEvents,
      partition,
      owns: (accountId) => partitionOfKey(accountId, partitions) === partition,
    });
    const before = this.#ending.get(partition) ?? Promise.resolve();
    const ended = before
      .then(() => processor.run())
      .catch((error) => {
        onFailed?.(partition, error);
      });
    this.#members.set(partition, { processor, ended });
  }

  #end(partition: number): void {
    const { processor, ended } = this.#members.get(partition)!;
    this.#members.delete(partition);
    processor.stop();
    const gone = ended.then(() => {
      if (this.#ending.get(partition) === gone) this.#ending.delete(partition);
    });
    this.#ending.set(partition, gone);
  }

  #share(partitions: number): number {
    const { budgetEvents = DEFAULT_BUDGET_EVENTS } = this.#options;
    return Math.floor(budgetEvents / Math.max(1, partitions));
  }
}
