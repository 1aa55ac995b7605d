import { setImmediate } from 'node:timers/promises';
import { accountOfStream } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import { BatchFold, DEFAULT_BUDGET_EVENTS } from './batch-fold.ts';
import { Exclusions, learnAhead } from './exclusions.ts';
import { readStretches, type Stretch } from './read-stretches.ts';
import { RuleSetTimeline } from './rule-set-timeline.ts';
import { type Compile, ScoringPlans } from './scoring-plans.ts';
import { Stamper } from './stamper.ts';

export interface HistoryOptions {
  store: EventStore;
  compile: Compile;
  /** Whose history; 0 by default. */
  partition?: number;
  /** Whether an account belongs to the partition; all do by default. */
  owns?(accountId: string): boolean;
  /** Events kept in memory over all accounts. */
  budgetEvents?: number;
  onProgress?(progress: HistoryProgress): void;
  /** Lets other work of the process go on between stretches. */
  breathe?(): Promise<void>;
}

export interface HistoryProgress {
  /** Done up to here. */
  position: number;
  /** To be done up to here. */
  through: number;
  decisions: number;
}

/** The production fold over all of history, from the first fact on: no snapshot is trusted. */
export class HistoryFold {
  readonly fold: BatchFold;
  readonly owns: (accountId: string) => boolean;
  readonly #stamper: Stamper;
  readonly #exclusions = new Exclusions();
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    const { store, compile, budgetEvents = DEFAULT_BUDGET_EVENTS } = options;
    this.#options = options;
    const timeline = new RuleSetTimeline();
    const plans = new ScoringPlans(timeline, store, compile);
    this.#stamper = new Stamper({ store, timeline, plans, breathe: options.breathe ?? setImmediate });
    this.owns = options.owns ?? (() => true);
    this.fold = new BatchFold({
      store,
      snapshots: { snapshots: async () => [] },
      plans,
      exclusions: this.#exclusions,
      budgetEvents,
    });
  }

  /** The facts in (after, upTo], in stretches. */
  async *read(after: number, upTo: number): AsyncGenerator<Stretch> {
    const { store, breathe = setImmediate } = this.#options;
    // A fact that was passed unread is out ahead of what excludes it, which may stand beyond `upTo`.
    await learnAhead(this.#exclusions, store, after, await store.head());
    for await (const stretch of readStretches(store, this.#stamper, after, upTo)) {
      yield stretch;
      await breathe();
    }
  }

  /** Those facts of a stretch that belong to accounts of the partition. */
  own({ facts }: Stretch): Stretch['facts'] {
    if (this.#options.owns === undefined) return facts;
    return facts.filter(({ fact }) => {
      const accountId = accountOfStream(fact.stream);
      return accountId !== undefined && this.owns(accountId);
    });
  }
}
