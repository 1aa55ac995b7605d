import type { Movement } from '../../postgres/movement.ts';
import type { Progress } from '../behind.ts';

/** How far other processes have come, as this one has heard. */
export class HeardProgress implements Progress {
  readonly #decided: number[];
  readonly #seen = new Map<string, number>();
  readonly #wakes = new Set<() => void>();
  #lowest = 0;

  constructor(partitions: number) {
    this.#decided = Array.from({ length: partitions }, () => 0);
  }

  /** What comes late lowers nothing. */
  told({ decided, seen }: Movement): void {
    for (const [partition, position] of Object.entries(decided)) {
      this.#setDecided(Number(partition), Math.max(position, this.decidedOf(Number(partition))));
    }
    for (const [projection, position] of Object.entries(seen)) {
      this.#seen.set(projection, Math.max(position, this.seen(projection)));
    }
    this.#moved();
  }

  /** What stands in the tables counts, also where it went back: something was restored. */
  looked({ decided, seen }: Movement): void {
    for (const [partition, position] of Object.entries(decided))
      this.#setDecided(Number(partition), position);
    for (const [projection, position] of Object.entries(seen)) this.#seen.set(projection, position);
    this.#moved();
  }

  #setDecided(partition: number, position: number): void {
    if (partition < this.#decided.length) this.#decided[partition] = position;
  }

  #moved(): void {
    this.#lowest = Math.min(...this.#decided);
    for (const wake of [...this.#wakes]) wake();
  }

  /** Up to the lowest of all partitions. */
  decided(): number {
    return this.#lowest;
  }

  decidedOf(partition: number): number {
    return this.#decided[partition] ?? 0;
  }

  seen(projection: string): number {
    return this.#seen.get(projection) ?? 0;
  }

  onMoved(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }
}
