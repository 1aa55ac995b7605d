import type { Decision } from '../domain/decision.ts';
import { DecisionSum, type SummedDecisions } from '../domain/decision-sum.ts';
import type { DecisionsSealed } from '../domain/facts.ts';

export type SealedRange = Pick<DecisionsSealed, 'from' | 'to'>;

/** Where a seal and what was recomputed are not the same. */
export interface SealDifference extends SealedRange {
  /** Sentences. */
  differences: string[];
}

export interface SealVerification {
  /** Seals that are as they must be. */
  hold: number;
  broken: number;
  /** Seals of what is not recorded again yet, as after a restored backup: they were not compared. */
  ahead: number;
  /** Everything up to here is sealed. */
  through: number;
  first: SealDifference | null;
}

/** Sums decisions by the range they lie in; they come in the order of their positions. */
export class SealSums {
  readonly #ranges: readonly SealedRange[];
  readonly #sums: DecisionSum[];
  #at = 0;

  /** @param ranges in the order of their ends */
  constructor(ranges: readonly SealedRange[]) {
    this.#ranges = ranges;
    this.#sums = ranges.map(() => new DecisionSum());
  }

  add(decision: Decision): void {
    const { position } = decision;
    while (this.#at < this.#ranges.length && this.#ranges[this.#at]!.to < position) this.#at++;
    const range = this.#ranges[this.#at];
    if (range !== undefined && position > range.from) this.#sums[this.#at]!.add(decision);
  }

  get summed(): SummedDecisions[] {
    return this.#sums.map(({ summed }) => summed);
  }
}

/** The seals that can be compared with what was recomputed up to `through`. */
export const sealsUpTo = (seals: readonly DecisionsSealed[], through: number): DecisionsSealed[] =>
  seals.filter(({ to }) => to <= through).toSorted((a, b) => a.to - b.to);

/**
 * Holds seals against the decisions recomputed in their ranges.
 * @param compared see sealsUpTo
 * @param sums of each part, in the order of the seals
 */
export function checkSeals(
  seals: readonly DecisionsSealed[],
  compared: readonly DecisionsSealed[],
  sums: readonly (readonly SummedDecisions[])[],
): SealVerification {
  const differences = compared.flatMap((seal, i) => {
    const sentences = [
      ...gap(compared[i - 1]?.to ?? 0, seal),
      ...otherSum(seal, together(sums.map((part) => part[i]!))),
    ];
    return sentences.length === 0 ? [] : [{ from: seal.from, to: seal.to, differences: sentences }];
  });
  return {
    hold: compared.length - differences.length,
    broken: differences.length,
    ahead: seals.length - compared.length,
    through: compared.at(-1)?.to ?? 0,
    first: differences[0] ?? null,
  };
}

function together(parts: readonly SummedDecisions[]): SummedDecisions {
  const sum = new DecisionSum();
  for (const part of parts) sum.addSum(part);
  return sum.summed;
}

const gap = (end: number, { from }: SealedRange): string[] =>
  from === end ? [] : [`the seal begins at ${from}, the one before it ends at ${end}`];

function otherSum(sealed: DecisionsSealed, { count, digest }: SummedDecisions): string[] {
  if (sealed.count !== count) return [`count: sealed ${sealed.count}, recomputed ${count}`];
  return sealed.digest === digest ? [] : [`digest: sealed ${sealed.digest}, recomputed ${digest}`];
}
