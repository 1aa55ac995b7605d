import type { Decision } from '../domain/decision.ts';
import type { RebuiltStep } from '../domain/ports.ts';
import { HistoryFold, type HistoryOptions } from './history-fold.ts';

/** What a stretch of history came to. */
export interface Refolded extends RebuiltStep {
  decisions: readonly Decision[];
  /** The stretch is (after, to] of the store. */
  after: number;
  to: number;
}

/** History decided anew, from its beginning on. */
export interface Refolding {
  /** Decides (after, upTo], in stretches; each time it goes on where it ended the time before. */
  decide(after: number, upTo: number): AsyncIterable<Refolded>;
}

/** In this thread. */
export function refolding(options: HistoryOptions): Refolding {
  const history = new HistoryFold(options);
  return {
    async *decide(after, upTo) {
      let before = after;
      for await (const stretch of history.read(after, upTo)) {
        const decisions: Decision[] = [];
        const snapshots = await history.fold.fold(history.own(stretch), ({ decision }) =>
          decisions.push(decision),
        );
        yield { after: before, to: stretch.to, decisions, snapshots, passed: history.fold.takePassed() };
        before = stretch.to;
      }
    },
  };
}
