import type { StoredTransaction } from '../../../api/services.ts';
import type { Decision } from '../../../domain/decision.ts';
import type { HeardProgress } from './heard-progress.ts';

/** The recorded decisions at these positions of a partition; those that are not there are left out. */
export type DecisionsAt = (partition: number, positions: readonly number[]) => Promise<Decision[]>;

interface Waiter {
  position: number;
  timer: NodeJS.Timeout;
  resolve(decision: Decision | undefined): void;
  reject(error: unknown): void;
}

/**
 * Requests that wait for decisions which other processes record. When a partition has moved, all that wait for
 * something of it are answered by one read.
 */
export class RecordedWaits {
  readonly #progress: HeardProgress;
  readonly #partitionOf: (accountId: string) => number;
  readonly #decisionsAt: DecisionsAt;
  readonly #waiting = new Map<number, Set<Waiter>>();
  #ended = false;

  constructor(progress: HeardProgress, partitionOf: (accountId: string) => number, decisionsAt: DecisionsAt) {
    this.#progress = progress;
    this.#partitionOf = partitionOf;
    this.#decisionsAt = decisionsAt;
    progress.onMoved(() => this.#release());
  }

  /** As Deciding.decisionAt. */
  at({ accountId, position }: StoredTransaction, timeoutMs: number): Promise<Decision | undefined> {
    const partition = this.#partitionOf(accountId);
    if (this.#ended || this.#progress.decidedOf(partition) >= position) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(partition) ?? new Set();
      this.#waiting.set(partition, waiters);
      const timer = setTimeout(() => {
        waiters.delete(waiter);
        resolve(undefined);
      }, timeoutMs);
      const waiter: Waiter = { position, timer, resolve, reject };
      waiters.add(waiter);
    });
  }

  /** Nobody waits any longer: the server is about to stop. */
  end(): void {
    this.#ended = true;
    for (const waiters of this.#waiting.values()) {
      for (const { timer, resolve } of waiters) {
        clearTimeout(timer);
        resolve(undefined);
      }
      waiters.clear();
    }
  }

  #release(): void {
    for (const [partition, waiters] of this.#waiting) {
      const decided = this.#progress.decidedOf(partition);
      const due = [...waiters].filter(({ position }) => position <= decided);
      if (due.length === 0) continue;
      for (const waiter of due) {
        waiters.delete(waiter);
        clearTimeout(waiter.timer);
      }
      void this.#answer(partition, due);
    }
  }

  async #answer(partition: number, due: readonly Waiter[]): Promise<void> {
    try {
      const positions = [...new Set(due.map(({ position }) => position))];
      const found = await this.#decisionsAt(partition, positions);
      const byPosition = new Map(found.map((decision) => [decision.position, decision]));
      for (const { position, resolve } of due) resolve(byPosition.get(position));
    } catch (error) {
      for (const { reject } of due) reject(error);
    }
  }
}
