import { afterAll, describe } from '@jest/globals';
import { type Engine, EngineUnavailable } from '../../infra/engines/engine.ts';

/** An engine for the tests of one file, or why there is none here. */
export type Found<E extends Engine> = { engine: E } | { missing: string };

/** Starts an engine before the tests of a file are described: `const kafka = await engineOf(startKafka)`. */
export async function engineOf<E extends Engine>(start: () => Promise<E>): Promise<Found<E>> {
  try {
    const engine = await start();
    afterAll(() => engine.stop());
    return { engine };
  } catch (error) {
    if (error instanceof EngineUnavailable) return { missing: error.message };
    throw error;
  }
}

/**
 * A `describe` whose tests need an engine. Where it is missing they are skipped, and `npm test` ends with one line
 * that says what is needed, from the brackets in the name.
 */
export function describeWith<E extends Engine>(
  name: string,
  found: Found<E>,
  tests: (engine: () => E) => void,
): void {
  if ('engine' in found) describe(name, () => tests(() => found.engine));
  else
    describe.skip(`${name} [needs ${found.missing}]`, () =>
      tests(() => {
        throw new Error(found.missing);
      }));
}
