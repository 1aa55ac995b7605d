import type { Decision } from '../domain/decision.ts';
import type { RiskStore } from '../domain/ports.ts';

const READ_LIMIT = 1_000;

/** The recorded decisions of a partition in the order of their positions, a stretch at a time. */
export class RecordedDecisions {
  #read: Decision[] = [];
  #ended = false;
  #position = 0;
  readonly #risk: Pick<RiskStore, 'readDecisions'>;
  readonly #partition: number;

  constructor(risk: Pick<RiskStore, 'readDecisions'>, partition: number) {
    this.#risk = risk;
    this.#partition = partition;
  }

  /** Those after the last stretch, up to `position`. */
  async upTo(position: number): Promise<Decision[]> {
    while (!this.#ended && this.#position <= position) {
      const decisions = await this.#risk.readDecisions(this.#partition, this.#position, READ_LIMIT);
      this.#read.push(...decisions);
      this.#position = decisions.at(-1)?.position ?? this.#position;
      this.#ended = decisions.length < READ_LIMIT;
    }
    const next = this.#read.findIndex((decision) => decision.position > position);
    return this.#read.splice(0, next === -1 ? this.#read.length : next);
  }
}
