import { setImmediate } from 'node:timers/promises';
import { accountOfStream, UnknownSchemaVersion } from '../domain/facts.ts';
import type {
  EntitySnapshots,
  EventStore,
  Leadership,
  Lease,
  LogPublisher,
  MirrorCheckpoints,
} from '../domain/ports.ts';
import { Acknowledged } from './acknowledged.ts';
import { isFatal } from './fatal.ts';
import { Mirror, type Partitions } from './mirror.ts';
import { type Sleep, sleep } from './retry.ts';
import { RuleSetTimeline } from './rule-set-timeline.ts';
import { type Compile, ScoringPlans } from './scoring-plans.ts';
import { Stamper } from './stamper.ts';
import type { WaitForMore } from './store-log.ts';

export interface MirrorRunOptions {
  store: Pick<EventStore, 'readStream' | 'readAll' | 'readAt' | 'readOthers' | 'head'>;
  publisher: LogPublisher;
  checkpoints: MirrorCheckpoints;
  leadership: Leadership;
  partitions: Partitions;
  compile: Compile;
  /** See EntityHistory. */
  snapshots?: EntitySnapshots | undefined;
  /** How it hears that the store has grown; by default it looks every 10 ms. */
  waitForMore?: WaitForMore;
  sleep?: Sleep;
}

/** `standing by`: another process mirrors; `waiting`: what it needs does not answer and is tried again. */
export type MirrorState = 'standing by' | 'mirroring' | 'waiting' | 'failed' | 'stopped';

export interface MirrorStatus {
  state: MirrorState;
  /** Everything up to here is in the log, as far as this process knows. */
  position: number;
  /** Records given to the log since the start, ticks included. */
  published: number;
  /** The last thing that went wrong, also if it was mended since. */
  lastError: string | null;
}

/** The log was mirrored from a newer store, or from another: what it holds beyond this one's end is not true of it. */
export class MirrorAhead extends Error {
  constructor(position: number, head: number) {
    super(
      `the log is newer than the store: it reaches position ${position}, the store ends at ${head}; the store was restored from an older backup. Raise the generation of the log's topics, so that it is mirrored anew`,
    );
    this.name = 'MirrorAhead';
  }
}

/** At a fact of an account that somebody may exclude. */
const standsStill = (error: unknown): boolean =>
  error instanceof UnknownSchemaVersion && accountOfStream(error.fact.stream) !== undefined;

const READ_LIMIT = 1_000;
const TICK_EVERY_MS = 250;
const IDLE_WAIT_MS = 1_000;
const WARM_EVERY_MS = 1_000;
/** See StoreLog. */
const PREPARE_EVERY_MS = 50;
const POLL_EVERY_MS = 10;
const RETRY_WAIT_MS = { first: 50, longest: 2_000 };

/**
 * Mirrors the store to the log for as long as this process leads, and stands by while another does. Several that
 * believe they lead do no harm: whatever any of them publishes is true.
 */
export class MirrorRun {
  #state: MirrorState = 'standing by';
  #position = 0;
  #published = 0;
  #lastError: string | null = null;
  readonly #stamper: Stamper;
  readonly #stopping = new AbortController();
  readonly #options: MirrorRunOptions;
  readonly #sleep: Sleep;
  readonly #waitForMore: WaitForMore;

  constructor(options: MirrorRunOptions) {
    this.#options = options;
    const { store, compile, snapshots } = options;
    const timeline = new RuleSetTimeline();
    const plans = new ScoringPlans(timeline, store, compile);
    this.#stamper = new Stamper({
      store,
      timeline,
      plans,
      breathe: setImmediate,
      keep: snapshots && {
        snapshots,
        onTrouble: (error) => {
          this.#lastError = (error as Error).message;
        },
      },
    });
    this.#sleep = options.sleep ?? sleep;
    this.#waitForMore =
      options.waitForMore ?? ((_, timeoutMs) => this.#sleep(Math.min(timeoutMs, POLL_EVERY_MS)));
  }

  /**
   * Works until stop() is called.
   * @throws UnknownSchemaVersion, MirrorAhead: what no repetition mends. At a fact of an account that it cannot
   * read, and that may change an entity, it stands still instead.
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let waitMs = RETRY_WAIT_MS.first; !signal.aborted; ) {
      try {
        if (await this.#lead()) waitMs = RETRY_WAIT_MS.first;
      } catch (error) {
        if (signal.aborted) break;
        if ((isFatal(error) && !standsStill(error)) || error instanceof MirrorAhead) {
          this.#troubled('failed', error);
          throw error;
        }
        this.#troubled('waiting', error);
        await this.#sleep(waitMs);
        waitMs = Math.min(waitMs * 2, RETRY_WAIT_MS.longest);
      }
    }
    this.#state = 'stopped';
  }

  /** Lets run() end once what was published is acknowledged. */
  stop(): void {
    this.#stopping.abort();
  }

  status(): MirrorStatus {
    return {
      state: this.#state,
      position: this.#position,
      published: this.#published,
      lastError: this.#lastError,
    };
  }

  /** @returns whether anything was mirrored */
  async #lead(): Promise<boolean> {
    if (this.#state !== 'waiting') this.#state = 'standing by';
    const lease = await this.#warm(this.#options.leadership.acquire(this.#stopping.signal));
    const before = this.#position;
    try {
      await this.#mirror(lease);
    } finally {
      await lease.release();
    }
    return this.#position > before;
  }

  /** While another leads, the entities follow behind it: who takes over goes on at once. */
  async #warm(acquiring: Promise<Lease>): Promise<Lease> {
    for (;;) {
      const lease = await Promise.race([acquiring, this.#sleep(WARM_EVERY_MS)]);
      if (lease !== undefined) return lease;
      try {
        await this.#stamper.warm(await this.#options.checkpoints.read());
      } catch (error) {
        this.#lastError = (error as Error).message;
      }
    }
  }

  async #mirror(lease: Lease): Promise<void> {
    const { publisher, checkpoints, partitions } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, lease.lost]);
    const position = await this.#start();
    const mirror = new Mirror(position, partitions);
    const acknowledged = new Acknowledged(position, publisher, checkpoints, this.#sleep);
    try {
      if (position > 0) acknowledged.publish(mirror.opening(), position);
      await this.#follow(mirror, acknowledged, signal);
    } finally {
      this.#position = acknowledged.position;
    }
    // Whoever leads now does not wait for what this one has on its way.
    if (!lease.lost.aborted) await acknowledged.drain();
    this.#position = acknowledged.position;
  }

  async #follow(mirror: Mirror, acknowledged: Acknowledged, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    let lastTickMs = performance.now();
    let prepareAtMs = 0;
    let hasToPrepare = false;
    while (!signal.aborted) {
      await acknowledged.room();
      this.#state = 'mirroring';
      this.#position = acknowledged.position;
      const facts = await store.readAll(mirror.position, READ_LIMIT);
      if (facts.length === 0 || performance.now() >= prepareAtMs) {
        prepareAtMs = performance.now() + PREPARE_EVERY_MS;
        hasToPrepare = await this.#stamper.prepare(mirror.position);
      }
      const records = mirror.mirror(await this.#stamper.stamp(mirror.position, facts));
      const tickInMs = lastTickMs + TICK_EVERY_MS - performance.now();
      if (tickInMs <= 0) {
        records.push(...mirror.ticks());
        lastTickMs = performance.now();
      }
      if (facts.length > 0 || records.length > 0) acknowledged.publish(records, mirror.position);
      this.#published += records.length;
      if (facts.length > 0) continue;
      const waitMs = mirror.ticksDue ? Math.max(1, tickInMs) : IDLE_WAIT_MS;
      await this.#waitForMore(mirror.position, hasToPrepare ? 1 : waitMs);
    }
  }

  /** @throws MirrorAhead */
  async #start(): Promise<number> {
    const { store, checkpoints } = this.#options;
    const position = await checkpoints.read();
    const head = await store.head();
    if (head < position) throw new MirrorAhead(position, head);
    return position;
  }

  #troubled(state: MirrorState, error: unknown): void {
    this.#state = state;
    this.#lastError = error instanceof Error ? error.message : String(error);
  }
}
