import { accountOfStream, alertOfStream, type StoredFact } from '../domain/facts.ts';
import type { LogRecord } from '../domain/ports.ts';
import type { StampedFact } from './batch-fold.ts';

/** Which partition a fact of an account or an alert belongs to, 0..count-1. */
export interface Partitions {
  count: number;
  of(fact: StoredFact): number;
}

export const SINGLE_PARTITION: Partitions = { count: 1, of: () => 0 };

/**
 * Turns the store's facts, read and stamped in global order, into records of the log. A record states which
 * positions of its partition it covers. Its state is one position: a mirror that starts again
 * anywhere makes true statements only.
 */
export class Mirror {
  #position: number;
  readonly #partitions: Partitions;
  /** Up to where each partition's last statement reaches. */
  readonly #stated: number[];

  /** @param position mirrored up to here */
  constructor(position: number, partitions: Partitions = SINGLE_PARTITION) {
    this.#position = position;
    this.#partitions = partitions;
    this.#stated = Array.from({ length: partitions.count }, () => position);
  }

  get position(): number {
    return this.#position;
  }

  /** Whether some partition was not told yet how far the mirror is. */
  get ticksDue(): boolean {
    return this.#stated.some((stated) => stated < this.#position);
  }

  /**
   * Tells every partition that this mirror begins here and says nothing of what lies before: whoever has not handled
   * that reads it from the store, though another mirror may have died before it told.
   */
  opening(): LogRecord[] {
    const position = this.#position;
    return this.#stated.map((_, partition) => ({
      partition,
      from: position,
      position,
      fact: null,
      ruleSet: null,
    }));
  }

  /** The records of the facts that follow `position` in the store, none left out. */
  mirror(facts: readonly StampedFact[]): LogRecord[] {
    const records: LogRecord[] = [];
    for (const stamped of facts) {
      const { fact } = stamped;
      this.#position = fact.position;
      if (accountOfStream(fact.stream) === undefined && alertOfStream(fact.stream) === undefined) continue;
      records.push({ ...this.#statement(this.#partitions.of(fact)), ...stamped });
    }
    return records;
  }

  /** Tells every partition that nothing more lies up to `position`, where that was not said yet. */
  ticks(): LogRecord[] {
    const behind = this.#stated.flatMap((stated, partition) => (stated < this.#position ? [partition] : []));
    return behind.map((partition) => ({ ...this.#statement(partition), fact: null, ruleSet: null }));
  }

  /** What is said of the partition, up to here. */
  #statement(partition: number): Pick<LogRecord, 'partition' | 'from' | 'position'> {
    const from = this.#stated[partition]!;
    const position = this.#position;
    this.#stated[partition] = position;
    return { partition, from, position };
  }
}
