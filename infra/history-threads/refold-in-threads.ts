import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Part } from '../../processors/account-part.ts';
import type { Refolded, Refolding } from '../../processors/refolding.ts';
import { type RebuildOptions, type Replayed, rebuildDecisions } from '../../processors/replay.ts';
import type { HistoryAddress } from '../backtest/history-store.ts';

export interface RefoldWorkerData {
  address: HistoryAddress;
  part: Part;
}

/** What a thread is told: to decide a range of the store, and that one more of its stretches was taken. */
export type RefoldOrder = { after: number; upTo: number } | 'taken';

export interface RefoldThreads extends Refolding {
  close(): Promise<void>;
}

/** Decides history in threads, each the accounts of its part; what they decide of a stretch comes together again. */
export function refoldInThreads(address: HistoryAddress, threads: number): RefoldThreads {
  const parts = Array.from(
    { length: threads },
    (_, number) => new PartThread(address, { number, of: threads }),
  );
  return {
    async *decide(after, upTo) {
      for (const part of parts) part.decide(after, upTo);
      for (let position = after; position < upTo; ) {
        const stretch = joined(await Promise.all(parts.map((part) => part.next())));
        yield stretch;
        position = stretch.to;
      }
    },
    async close() {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

/** Rebuilds decisions from what threads decide; this one only writes. */
export async function rebuildInThreads(
  address: HistoryAddress,
  threads: number,
  options: Omit<RebuildOptions, 'history'>,
): Promise<Replayed> {
  const history = refoldInThreads(address, threads);
  try {
    return await rebuildDecisions({ ...options, history });
  } finally {
    await history.close();
  }
}

/** All parts read the same store in the same steps. */
function joined(parts: readonly Refolded[]): Refolded {
  const { after, to } = parts[0]!;
  if (parts.some((part) => part.after !== after || part.to !== to)) {
    throw new Error(
      `threads decided other stretches of the store: ${parts.map((part) => `(${part.after}, ${part.to}]`)}`,
    );
  }
  return {
    after,
    to,
    decisions: parts.flatMap(({ decisions }) => decisions).toSorted((a, b) => a.position - b.position),
    snapshots: parts.flatMap(({ snapshots }) => snapshots),
    passed: parts.flatMap(({ passed = [] }) => passed),
  };
}

/** A thread, and what it has decided that nobody has taken yet. */
class PartThread {
  readonly #worker: Worker;
  readonly #decided: Refolded[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(address: HistoryAddress, part: Part) {
    this.#worker = new Worker(new URL(`./refold-worker${extname(import.meta.url)}`, import.meta.url), {
      name: `replay ${part.number}`,
      workerData: { address, part } satisfies RefoldWorkerData,
    });
    this.#worker.on('message', (stretch: Refolded) => {
      this.#decided.push(stretch);
      this.#wake();
    });
    this.#worker.once('error', (error) => this.#fail(error as Error));
    this.#worker.once('exit', () => this.#fail(new Error('a thread of the replay ended before its time')));
  }

  decide(after: number, upTo: number): void {
    this.#worker.postMessage({ after, upTo } satisfies RefoldOrder);
  }

  /** @throws what the thread failed with, or that it has ended */
  async next(): Promise<Refolded> {
    while (this.#decided.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#worker.postMessage('taken' satisfies RefoldOrder);
    return this.#decided.shift()!;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
