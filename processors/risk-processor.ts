import { setImmediate } from 'node:timers/promises';
import type { Decision } from '../domain/decision.ts';
import { accountOfStream, type TransactionSubmitted, UnknownSchemaVersion } from '../domain/facts.ts';
import type { Checkpoint, EventStore, Exports, Log, RiskStore } from '../domain/ports.ts';
import { type AccountSource, learnOn, type StreamReader } from './account-load.ts';
import { BatchFold, DEFAULT_BUDGET_EVENTS } from './batch-fold.ts';
import { assertOfStore } from './checkpoint-match.ts';
import { OwnershipLost } from './commit-queue.ts';
import { Exclusions, learnAhead } from './exclusions.ts';
import { isFatal } from './fatal.ts';
import { PartitionRun, type PartitionRunOptions } from './partition-run.ts';
import { type Retry, retrying, type Sleep, sleep } from './retry.ts';
import type { BlockingFact, RiskCounts, RiskState, RiskStatus } from './risk-status.ts';
import { RuleSetTimeline } from './rule-set-timeline.ts';
import { scoreHypothetically } from './score-hypothetically.ts';
import { type Compile, ScoringPlans } from './scoring-plans.ts';
import { Stamper } from './stamper.ts';
import { StretchesInStep } from './stretches-in-step.ts';

export interface RiskProcessorOptions {
  /** 0 in the embedded deployment, which has one. */
  partition?: number;
  /** Whether an account belongs to the partition; all do by default. */
  owns?(accountId: string): boolean;
  log: Log;
  store: EventStore;
  risk: RiskStore;
  /** Without it nothing is exported. */
  exports?: Exports | undefined;
  compile: Compile;
  /** May be shared with the log of the same process: it gives what the log lacks. */
  stamper?: Stamper;
  /** Shared among the partitions of a process that share a stamper. */
  stretches?: StretchesInStep;
  /** Events kept in memory over all accounts. */
  budgetEvents?: number;
  /** Hears of every decision at once, before it is durable: it can only be made again the same. */
  onDecision?(decision: Decision): void;
  onCommitted?(checkpoint: Checkpoint): void;
  sleep?: Sleep;
  /** Lets other work of the process go on between batches. */
  breathe?(): Promise<void>;
}

/** How often it is looked whether a fact that blocks a partition was excluded. */
const LOOK_AGAIN_MS = 1_000;
const STOP_WITHIN_MS = 100;

/** Scores the transactions of one partition: folds its records, gives out decisions, raises alerts, records both. */
export class RiskProcessor {
  #state: RiskState = 'starting';
  #lastError: string | null = null;
  #committedPosition = 0;
  #run: PartitionRun | null = null;
  #blockedBy: BlockingFact | null = null;
  readonly #counts: RiskCounts = {
    decisions: 0,
    alerts: 0,
    duplicatesSkipped: 0,
    gapsHealed: 0,
    ownershipLost: 0,
  };
  readonly #stopping = new AbortController();
  readonly #options: RiskProcessorOptions;
  readonly #timeline: RuleSetTimeline;
  readonly #stamper: Stamper;
  readonly #stretches: StretchesInStep;
  readonly #source: AccountSource;
  readonly #retry: Retry;
  readonly #plans: ScoringPlans;
  readonly #fold: BatchFold;

  constructor(options: RiskProcessorOptions) {
    const { store, risk, compile } = options;
    const timeline = options.stamper?.timeline ?? new RuleSetTimeline();
    const retry = retrying({
      sleep: options.sleep ?? sleep,
      isFatal,
      onRetry: (error) => this.#troubled('waiting', error),
      onRecovered: () => this.#recovered(),
      signal: this.#stopping.signal,
    });
    this.#options = options;
    this.#timeline = timeline;
    this.#retry = retry;
    const streams: StreamReader = {
      readStream: (stream, from, limit) => retry(() => store.readStream(stream, from, limit)),
    };
    this.#plans = new ScoringPlans(timeline, streams, compile);
    this.#stamper =
      options.stamper ?? new Stamper({ store, timeline, plans: this.#plans, breathe: setImmediate });
    this.#stretches = options.stretches ?? new StretchesInStep(store, this.#stamper);
    this.#source = { store: streams, exclusions: new Exclusions() };
    this.#fold = new BatchFold({
      ...this.#source,
      snapshots: { snapshots: (ids, planHash) => retry(() => risk.snapshots(ids, planHash)) },
      plans: this.#plans,
      budgetEvents: options.budgetEvents ?? DEFAULT_BUDGET_EVENTS,
    });
  }

  /**
   * Works until stop() is called.
   * @throws CheckpointMismatch, BrokenOrder, UnknownSemantics, …: what no repetition mends. The partition has then
   * stopped, and the status says why. At a fact of an account that it cannot read it stands still instead.
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      while (!signal.aborted) await this.#own();
      this.#state = 'stopped';
    } catch (error) {
      if (signal.aborted && !isFatal(error)) {
        this.#state = 'stopped';
        return;
      }
      this.#troubled('failed', error);
      throw error;
    } finally {
      this.#fold.drop();
    }
  }

  /** Lets run() end once what has been decided is recorded. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Events to be kept in memory from the next batch on. */
  set budgetEvents(events: number) {
    this.#fold.accounts.budgetEvents = events;
  }

  /** What would be decided of this transaction now; nothing is stored or changed. */
  score(submitted: TransactionSubmitted): Promise<Decision> {
    const { store, risk } = this.#options;
    return scoreHypothetically(submitted, {
      store,
      snapshots: risk,
      timeline: this.#timeline,
      plans: this.#plans,
      stampNext: (plan, head) => this.#stamper.stampNext(submitted, plan, head, false),
      exclusions: this.#source.exclusions,
      fold: this.#fold,
    });
  }

  /** @param head the store's newest position */
  status(head: number): RiskStatus {
    return {
      ...this.#counts,
      partition: this.#options.partition ?? 0,
      state: this.#state,
      position: this.#run?.position ?? this.#committedPosition,
      committedPosition: this.#committedPosition,
      lag: Math.max(0, head - this.#committedPosition),
      accountsInMemory: this.#fold.accounts.size,
      eventsInMemory: this.#fold.accounts.weight,
      lastError: this.#lastError,
      blockedBy: this.#blockedBy,
    };
  }

  /** From the checkpoint on, until another owner moves it, or a fact blocks it: then nothing in memory counts any more. */
  async #own(): Promise<void> {
    const checkpoint = await this.#checkpoint();
    this.#committedPosition = checkpoint.position;
    await this.#learnExclusions(checkpoint);
    this.#run = new PartitionRun(checkpoint, this.#runOptions());
    this.#state = 'running';
    try {
      await this.#run.run();
    } catch (error) {
      this.#fold.drop();
      if (error instanceof UnknownSchemaVersion && accountOfStream(error.fact.stream) !== undefined) {
        await this.#standStill(error);
      } else if (error instanceof OwnershipLost) {
        this.#counts.ownershipLost++;
        this.#lastError = error.message;
      } else throw error;
    }
  }

  /** A fact that was passed unread is out ahead of what excludes it. */
  async #learnExclusions({ position }: Checkpoint): Promise<void> {
    const { store } = this.#options;
    const retry = this.#retry;
    const others = {
      readOthers: (after: number, limit: number) => retry(() => store.readOthers(after, limit)),
    };
    await learnAhead(this.#source.exclusions, others, position, await retry(() => store.head()));
  }

  /** Until the fact is excluded further on in its account's stream, or it is asked to stop. */
  async #standStill({ fact, message }: UnknownSchemaVersion): Promise<void> {
    const { stream, revision, position, type, schemaVersion } = fact;
    const accountId = accountOfStream(stream)!;
    this.#blockedBy = { accountId, revision, position, type, schemaVersion };
    this.#troubled('blocked', message);
    const { signal } = this.#stopping;
    try {
      for (let next = revision + 1; !signal.aborted; ) {
        await this.#pause(LOOK_AGAIN_MS);
        next = await learnOn(this.#source, stream, next);
        if (this.#source.exclusions.passes(accountId, revision)) return;
      }
    } finally {
      this.#blockedBy = null;
    }
  }

  /** Shorter when it is asked to stop. */
  async #pause(ms: number): Promise<void> {
    const wait = this.#options.sleep ?? sleep;
    for (let waited = 0; waited < ms && !this.#stopping.signal.aborted; waited += STOP_WITHIN_MS) {
      await wait(STOP_WITHIN_MS);
    }
  }

  async #checkpoint(): Promise<Checkpoint> {
    const { risk, store, partition = 0 } = this.#options;
    const checkpoint = await this.#retry(() => risk.checkpoint(partition));
    await this.#retry(() => assertOfStore(store, checkpoint));
    return checkpoint;
  }

  #runOptions(): PartitionRunOptions {
    const { log, store, risk, exports, ...options } = this.#options;
    return {
      log,
      store,
      risk,
      exports,
      stretches: this.#stretches,
      fold: this.#fold,
      counts: this.#counts,
      retry: this.#retry,
      owns: options.owns ?? (() => true),
      onDecision: options.onDecision ?? (() => {}),
      onCommitted: (checkpoint) => {
        this.#committedPosition = checkpoint.position;
        options.onCommitted?.(checkpoint);
      },
      sleep: options.sleep ?? sleep,
      breathe: options.breathe ?? setImmediate,
      signal: this.#stopping.signal,
    };
  }

  #troubled(state: RiskState, error: unknown): void {
    this.#state = state;
    this.#lastError = error instanceof Error ? error.message : String(error);
  }

  #recovered(): void {
    if (this.#state === 'waiting') this.#state = this.#blockedBy === null ? 'running' : 'blocked';
  }
}
