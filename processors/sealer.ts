import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Decision } from '../domain/decision.ts';
import { DecisionSum } from '../domain/decision-sum.ts';
import { type DecisionsSealed, FACT_SCHEMA_VERSIONS, SEALS_STREAM } from '../domain/facts.ts';
import { type EventStore, type RiskStore, WrongExpectedRevision } from '../domain/ports.ts';
import { isOfStore } from './checkpoint-match.ts';
import { SealChain } from './seal-chain.ts';

export interface SealEvery {
  /** A range is closed once it holds so many decisions, … */
  decisions: number;
  /** … or has held some for so long, in ms. */
  ms: number;
}

export interface SealerOptions {
  store: Pick<EventStore, 'append' | 'readStream' | 'readAt' | 'head'>;
  risk: Pick<RiskStore, 'checkpoint' | 'readDecisions'>;
  partitions: number;
  every: SealEvery;
  signal: AbortSignal;
  /** Decisions read at once. */
  readLimit?: number;
}

/** The range that will be sealed next. */
interface OpenRange {
  from: number;
  /** Decisions up to here are in the sum. */
  upTo: number;
  sum: DecisionSum;
  /** When the first of them was. */
  heldSinceMs: number | null;
}

const READ_LIMIT = 250;
/** For each ms of reading so many of rest: whoever decides goes first. */
const REST = 4;

/**
 * Seals what was decided, behind the lowest checkpoint of all partitions: there every decision is recorded, and none
 * will come any more. Nothing is remembered but the seals; several who seal at once do no harm, for a seal is appended
 * expecting the one before it.
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #chain: SealChain;
  #open: OpenRange | null = null;

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#chain = new SealChain(options.store);
  }

  /** Everything up to here is sealed. */
  get position(): number {
    return this.#chain.position;
  }

  /** Reads on to the lowest checkpoint, and seals what is due. @throws any error: to be tried again */
  async step(nowMs: number): Promise<void> {
    const { every, signal } = this.#options;
    try {
      const lowest = await this.#lowestCheckpoint();
      let open = await this.#opened();
      while (open.upTo < lowest && !signal.aborted) {
        const startMs = performance.now();
        await this.#readOn(open, lowest, nowMs);
        if (open.sum.count >= every.decisions) {
          await this.#seal(open, nowMs);
          open = await this.#opened();
        }
        await setTimeout((performance.now() - startMs) * REST);
      }
      if (open.heldSinceMs !== null && nowMs - open.heldSinceMs >= every.ms) await this.#seal(open, nowMs);
    } catch (error) {
      // What was appended then, by this one or by another, is read again.
      this.#open = null;
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }

  /** Decisions of another history are sealed by nobody. */
  async #lowestCheckpoint(): Promise<number> {
    const { store, risk, partitions } = this.#options;
    let lowest = Number.POSITIVE_INFINITY;
    for (let partition = 0; partition < partitions; partition++) {
      const checkpoint = await risk.checkpoint(partition);
      if (!(await isOfStore(store, checkpoint))) return 0;
      lowest = Math.min(lowest, checkpoint.position);
    }
    return lowest;
  }

  async #opened(): Promise<OpenRange> {
    if (this.#open !== null) return this.#open;
    await this.#chain.readOn();
    const from = this.position;
    this.#open = { from, upTo: from, sum: new DecisionSum(), heldSinceMs: null };
    return this.#open;
  }

  /** As far as the pages of all partitions reach, at most to `lowest`. */
  async #readOn(open: OpenRange, lowest: number, nowMs: number): Promise<void> {
    const { risk, partitions, every, readLimit: most = READ_LIMIT } = this.#options;
    const readLimit = Math.max(1, Math.min(most, every.decisions - open.sum.count));
    let to = lowest;
    const read: Decision[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const page = await risk.readDecisions(partition, open.upTo, readLimit);
      if (page.length === readLimit) to = Math.min(to, page.at(-1)!.position);
      read.push(...page);
    }
    for (const decision of read) if (decision.position <= to) open.sum.add(decision);
    if (open.sum.count > 0) open.heldSinceMs ??= nowMs;
    open.upTo = to;
  }

  async #seal({ from, upTo, sum }: OpenRange, nowMs: number): Promise<void> {
    const seal: DecisionsSealed = { from, to: upTo, ...sum.summed, at: new Date(nowMs).toISOString() };
    const fact = {
      eventId: randomUUID(),
      type: 'DecisionsSealed' as const,
      schemaVersion: FACT_SCHEMA_VERSIONS.DecisionsSealed,
      key: null,
      data: JSON.stringify(seal),
      personal: null,
      metadata: null,
    };
    await this.#options.store.append(SEALS_STREAM, this.#chain.revision, [fact]);
    await this.#chain.readOn();
    this.#open = null;
  }
}
