import { accountOfStream, alertOfStream, type StoredFact } from '../domain/facts.ts';
import type { LogRecord } from '../domain/ports.ts';
import type { RuleSetTimeline } from './rule-set-timeline.ts';

/** Which partition a fact of an account or an alert belongs to, 0..count-1. */
export interface Partitions {
  count: number;
  of(fact: StoredFact): number;
}

export const SINGLE_PARTITION: Partitions = { count: 1, of: () => 0 };

/**
 * Turns the store's facts, read in global order, into records of the log. A record states which positions of its
 * partition it covers and which rule set is in force there. Its state is one position: a mirror that starts again
 * anywhere makes true statements only.
 */
export class Mirror {
  #position: number;
  readonly #timeline: RuleSetTimeline;
  readonly #partitions: Partitions;
  /** Up to where each partition's last statement reaches. */
  readonly #stated: number[];

  /** @param position mirrored up to here; the timeline must know as much */
  constructor(position: number, timeline: RuleSetTimeline, partitions: Partitions = SINGLE_PARTITION) {
    if (timeline.position < position) {
      throw new RangeError(`a mirror at ${position} needs rule sets known beyond ${timeline.position}`);
    }
    this.#position = position;
    this.#timeline = timeline;
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

  /** The records of the facts that follow `position` in the store, none left out. @throws UnknownSchemaVersion */
  mirror(facts: readonly StoredFact[]): LogRecord[] {
    const records: LogRecord[] = [];
    for (const fact of facts) {
      this.#timeline.fold(fact);
      this.#position = fact.position;
      if (accountOfStream(fact.stream) === undefined && alertOfStream(fact.stream) === undefined) continue;
      records.push(this.#record(this.#partitions.of(fact), fact));
    }
    return records;
  }

  /** Tells every partition that nothing more lies up to `position`, where that was not said yet. */
  ticks(): LogRecord[] {
    const behind = this.#stated.flatMap((stated, partition) => (stated < this.#position ? [partition] : []));
    return behind.map((partition) => this.#record(partition, null));
  }

  #record(partition: number, fact: StoredFact | null): LogRecord {
    const from = this.#stated[partition]!;
    const position = this.#position;
    this.#stated[partition] = position;
    return {
      partition,
      from,
      position,
      fact,
      ruleSet: fact === null ? null : this.#timeline.inForceAt(position),
    };
  }
}
