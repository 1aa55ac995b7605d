import { advance, type commitChange, type FactSource, type Subject } from './advance.ts';
import { openProjection, type ViewCheckpoint } from './checkpoint.ts';
import type { Projection, ViewDatabase } from './projection.ts';
import { rebuild } from './rebuild.ts';
import { ViewRefused, versionProblem } from './view-problem.ts';
import { pause, wakeUp } from './wake-up.ts';

export interface ProjectionState {
  projection: string;
  /** The view shows everything up to here. */
  position: number;
  state: 'running' | 'rebuilding' | 'retrying' | 'stopped';
  /** When it was first tried in vain, milliseconds since the epoch; null when all is well. */
  retryingSinceMs: number | null;
  /** What went wrong last, where something did. */
  problem: string | null;
  /** Facts given again and left out. */
  duplicates: number;
  /** Steps written by nobody, because another process had moved the checkpoint. */
  lostRaces: number;
}

export interface RunnerOptions {
  db: ViewDatabase;
  store: FactSource;
  projections: readonly Projection[];
  /** Called with a copy whenever a view has moved, or has begun or ceased to have trouble. */
  onState?: (state: ProjectionState) => void;
  /** Facts read and written at once, at most. */
  batchSize?: number;
  /** How often the store is looked at without a wake-up. */
  pollMs?: number;
  /** How often a view without new facts writes how far it has looked, at most. */
  tickMs?: number;
  /** Waits of `min`, doubling up to `max`, between tries in vain. */
  retryMs?: { min: number; max: number };
  commit?: typeof commitChange;
}

const DEFAULTS = { batchSize: 500, pollMs: 1_000, tickMs: 100, retryMs: { min: 100, max: 30_000 } };

/** Keeps one projection up to date, and tells how it stands. */
export class ProjectionLoop {
  readonly state: ProjectionState;
  readonly wakeUp = wakeUp();
  readonly #subject: Subject;
  readonly #options: RunnerOptions & typeof DEFAULTS;
  readonly #stopping: AbortSignal;
  #checkpoint: ViewCheckpoint | undefined;
  /** Halved when a step fails, so that in the end the fact it fails at stands alone. */
  #limit: number;
  #tickedAtMs = Number.NEGATIVE_INFINITY;

  constructor(projection: Projection, options: RunnerOptions, stopping: AbortSignal) {
    const { db, store } = options;
    this.#subject = { db, store, projection, name: projection.name, suffix: '' };
    this.#options = { ...DEFAULTS, ...options };
    this.#stopping = stopping;
    this.#limit = this.#options.batchSize;
    this.state = {
      projection: projection.name,
      position: 0,
      state: 'running',
      retryingSinceMs: null,
      problem: null,
      duplicates: 0,
      lostRaces: 0,
    };
  }

  async run(): Promise<void> {
    const { retryMs } = this.#options;
    let failures = 0;
    while (!this.#stopping.aborted) {
      try {
        const waitMs = await this.#step();
        failures = 0;
        if (waitMs > 0) await this.wakeUp.wait(waitMs);
      } catch (error) {
        if (this.#stopping.aborted) break;
        this.#failed(error);
        await pause(Math.min(retryMs.max, retryMs.min * 2 ** failures++), this.#stopping);
      }
    }
    this.#tell({ state: 'stopped' });
  }

  /** @returns how long there is nothing to do, in ms */
  async #step(): Promise<number> {
    const { batchSize, pollMs, tickMs, commit } = this.#options;
    this.#checkpoint ??= await this.#openView();
    const tickDueMs = this.#tickedAtMs + tickMs - performance.now();
    const step = await advance(this.#subject, this.#checkpoint, {
      limit: this.#limit,
      tick: tickDueMs <= 0,
      ...(commit && { commit }),
    });
    if (step.checkpoint?.position === step.position) this.#tickedAtMs = performance.now();
    this.#checkpoint = step.checkpoint;
    this.#limit = Math.min(batchSize, this.#limit * 2);
    this.#moved(step);
    if (step.more || step.checkpoint === undefined) return 0;
    return step.checkpoint.position < step.position ? Math.max(1, tickDueMs) : pollMs;
  }

  /** Finds where the view stands, also after a rebuild in another process. */
  async #openView(): Promise<ViewCheckpoint> {
    const { db, store, projection } = this.#subject;
    const checkpoint = await openProjection(db, projection);
    const problem = versionProblem(projection, checkpoint);
    if (problem !== undefined) throw new ViewRefused(problem);
    if (checkpoint.version === projection.version) return checkpoint;
    this.#tell({ state: 'rebuilding' });
    return rebuild(db, store, projection, { batchSize: this.#options.batchSize, signal: this.#stopping });
  }

  #moved({ checkpoint, position, duplicates }: Awaited<ReturnType<typeof advance>>): void {
    const lostRaces = checkpoint === undefined ? 1 : 0;
    const change = {
      state: 'running' as const,
      retryingSinceMs: null,
      problem: null,
      position: checkpoint === undefined ? this.state.position : position,
      duplicates: this.state.duplicates + duplicates,
      lostRaces: this.state.lostRaces + lostRaces,
    };
    this.#tell(change);
  }

  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const checkpoint = this.#checkpoint;
    this.#limit = Math.max(1, this.#limit >> 1);
    // What is known of the view may be what is wrong.
    this.#checkpoint = undefined;
    this.#tell({
      state: 'retrying',
      retryingSinceMs: this.state.retryingSinceMs ?? Date.now(),
      problem: checkpoint === undefined ? message : `after position ${checkpoint.position}: ${message}`,
    });
  }

  #tell(change: Partial<ProjectionState>): void {
    const before = JSON.stringify(this.state);
    Object.assign(this.state, change);
    if (JSON.stringify(this.state) !== before) this.#options.onState?.({ ...this.state });
  }
}
