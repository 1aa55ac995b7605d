import { gathersAlerts } from '../domain/alert-grouping.ts';
import type { Decision } from '../domain/decision.ts';
import type { ExportRecord } from '../domain/export-record.ts';
import { accountOfStream } from '../domain/facts.ts';
import type { Checkpoint, EventStore, Log, LogRecord } from '../domain/ports.ts';
import { NO_STAMPS } from '../domain/scoring/stamps.ts';
import type { BatchFold, StampedFact } from './batch-fold.ts';
import { type Alert, CommitQueue, type CommitQueueOptions } from './commit-queue.ts';
import { delivery } from './delivery.ts';
import { exportRecords } from './export-records.ts';
import { alertId, fraudSuspected, isSuspicious } from './fraud-suspected.ts';
import type { RiskCounts } from './risk-status.ts';
import type { StretchesInStep } from './stretches-in-step.ts';

export interface PartitionRunOptions extends CommitQueueOptions {
  log: Log;
  store: EventStore;
  /** What is read from the store instead of the log. */
  stretches: Pick<StretchesInStep, 'read'>;
  fold: BatchFold;
  /** Whether an account belongs to this partition. */
  owns(accountId: string): boolean;
  onDecision(decision: Decision): void;
  counts: RiskCounts;
  /** Lets other work of the process go on between batches. */
  breathe(): Promise<void>;
  signal: AbortSignal;
}

interface Batch {
  facts: StampedFact[];
  position: number;
  eventId: string | undefined;
  /** Where the log goes on after it, if it has offsets. */
  offset: number | undefined;
}

const BATCH_MIN = 64;
const BATCH_MAX = 1_024;
const IDLE_WAIT_MS = 1_000;

/** One ownership of a partition: from its checkpoint on until it is lost, or the work is called off. */
export class PartitionRun {
  /** Every record up to here was folded. */
  position: number;
  readonly #partition: number;
  readonly #queue: CommitQueue;
  readonly #options: PartitionRunOptions;

  constructor(checkpoint: Checkpoint, options: PartitionRunOptions) {
    this.position = checkpoint.position;
    this.#partition = checkpoint.partition;
    this.#queue = new CommitQueue(checkpoint, options);
    this.#options = options;
  }

  /** @throws OwnershipLost, and whatever must stop the partition; what was decided before is recorded all the same */
  async run(): Promise<void> {
    const { signal, breathe } = this.#options;
    try {
      for (let limit = BATCH_MIN; !signal.aborted; ) {
        const records = await this.#poll(limit);
        for await (const batch of this.#batches(records)) {
          await this.#handle(batch);
          // What is read from the store may be long: who is stopped does not see it to its end.
          if (signal.aborted) break;
        }
        await this.#queue.room();
        await breathe();
        limit = nextLimit(limit, records.length);
      }
    } finally {
      await this.#queue.drain();
    }
  }

  async #poll(limit: number): Promise<LogRecord[]> {
    const { log, retry } = this.#options;
    const records = await retry(() => log.poll(this.#partition, this.position, limit));
    if (records.length === 0) {
      await retry(() => log.waitForMore(this.#partition, this.position, IDLE_WAIT_MS));
    }
    return records;
  }

  /** The delivery rule: what was handled is left out, what may be missing is read from the store first. */
  async *#batches(records: readonly LogRecord[]): AsyncGenerator<Batch> {
    let batch: Batch = { facts: [], position: this.position, eventId: undefined, offset: undefined };
    for (const { from, position, fact, ruleSet, stamps = NO_STAMPS, offset } of records) {
      const answer = delivery(batch.position, { from, position });
      if (answer === 'skip') {
        if (fact !== null) this.#options.counts.duplicatesSkipped++;
        continue;
      }
      if (answer === 'heal') {
        yield batch;
        this.#options.counts.gapsHealed++;
        yield* this.#heal(batch.position, from);
        batch = { facts: [], position: from, eventId: undefined, offset: undefined };
      }
      if (fact !== null) batch.facts.push({ fact, ruleSet, stamps });
      batch.position = position;
      batch.eventId = fact?.eventId;
      if (offset !== undefined) batch.offset = offset + 1;
    }
    yield batch;
  }

  async *#heal(after: number, upTo: number): AsyncGenerator<Batch> {
    const { stretches, owns, retry, signal } = this.#options;
    for await (const { facts, to } of stretches.read(after, upTo, retry, signal)) {
      const own = facts.filter(({ fact }) => {
        const accountId = accountOfStream(fact.stream);
        return accountId !== undefined && owns(accountId);
      });
      yield { facts: own, position: to, eventId: undefined, offset: undefined };
    }
  }

  async #handle({ facts, position, eventId, offset }: Batch): Promise<void> {
    if (position <= this.position) return;
    const { fold, counts, onDecision, exports } = this.#options;
    const decisions: Decision[] = [];
    const alerts: Alert[] = [];
    const told: ExportRecord[] = [];
    const done = { decisions, alerts, exports: told, snapshots: [] };
    try {
      const snapshots = await fold.fold(facts, (scored, plan) => {
        const { decision, submitted, traceparent } = scored;
        onDecision(decision);
        decisions.push(decision);
        if (exports !== undefined) told.push(...exportRecords(scored, plan.definition));
        if (!isSuspicious(decision)) return;
        alerts.push({
          alertId: alertId(decision),
          accountId: decision.accountId,
          inOrder: gathersAlerts(plan.definition),
          opening: fraudSuspected(decision, submitted, plan.definition, traceparent),
        });
      });
      this.#queue.add({ ...done, position, eventId, offset, snapshots, passed: fold.takePassed() });
      this.position = position;
    } catch (error) {
      // What came before the fact that stops the partition counts.
      const last = decisions.at(-1);
      if (last !== undefined) {
        const passed = fold.takePassed();
        this.#queue.add({ ...done, passed, position: last.position, eventId: undefined, offset: undefined });
      }
      throw error;
    }
    counts.decisions += decisions.length;
    counts.alerts += alerts.length;
    await this.#queue.room();
  }
}

/** Small batches while caught up, so that the first decision of one does not wait for many loads. */
function nextLimit(limit: number, received: number): number {
  if (received >= limit) return Math.min(limit * 2, BATCH_MAX);
  return received < limit / 2 ? BATCH_MIN : limit;
}
