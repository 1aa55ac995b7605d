import type { Leadership, Lease } from '../../domain/ports.ts';

/** Leadership among those who share it: first come, first served. */
export class MemoryLeadership implements Leadership {
  #held: { lost: AbortController } | null = null;
  readonly #waiting: (() => void)[] = [];

  async acquire(signal: AbortSignal): Promise<Lease> {
    while (this.#held !== null) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    }
    signal.throwIfAborted();
    const held = { lost: new AbortController() };
    this.#held = held;
    return {
      lost: held.lost.signal,
      release: async () => {
        held.lost.abort();
        if (this.#held === held) this.#free();
      },
    };
  }

  /** Gives it to the next one. @param told whether the one who had it hears of it, or is a zombie from now on */
  takeAway(told: boolean): void {
    if (told) this.#held?.lost.abort();
    this.#free();
  }

  #free(): void {
    this.#held = null;
    for (const retry of this.#waiting.splice(0)) retry();
  }
}
