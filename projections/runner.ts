import type { FactSource } from './advance.ts';
import { openProjection } from './checkpoint.ts';
import type { Projection, ViewDatabase } from './projection.ts';
import { ProjectionLoop, type ProjectionState, type RunnerOptions } from './projection-loop.ts';
import { ViewRefused, viewProblem } from './view-problem.ts';

export interface ProjectionRunner {
  /** Says that the store has grown. Cheap, and may be said too often. */
  wake(): void;
  states(): ProjectionState[];
  /** Ends after the steps under way. */
  stop(): Promise<void>;
}

/** Makes the tables that are missing. @throws ViewRefused if a view is not of this store, or of a newer Shrike */
export async function assertViewsOf(
  db: ViewDatabase,
  store: FactSource,
  projections: readonly Projection[],
): Promise<void> {
  for (const projection of projections) {
    const checkpoint = await openProjection(db, projection);
    const problem = await viewProblem(store, projection, checkpoint);
    if (problem !== undefined) throw new ViewRefused(problem);
  }
}

/**
 * Keeps every projection up to date with the store, each in a loop of its own: one that fails or is slow never
 * holds up another. A projection whose version was raised is rebuilt beside its old rows, and swapped in, first.
 * @throws ViewRefused if a view is not of this store, or of a newer Shrike
 */
export async function startProjections(options: RunnerOptions): Promise<ProjectionRunner> {
  await assertViewsOf(options.db, options.store, options.projections);
  const stopping = new AbortController();
  const loops = options.projections.map(
    (projection) => new ProjectionLoop(projection, options, stopping.signal),
  );
  const ended = Promise.all(loops.map((loop) => loop.run()));
  return {
    wake() {
      for (const loop of loops) loop.wakeUp.ring();
    },
    states: () => loops.map((loop) => ({ ...loop.state })),
    async stop() {
      stopping.abort();
      for (const loop of loops) loop.wakeUp.ring();
      await ended;
    },
  };
}
