import type { Decision, Verdict } from '../decision.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { grown } from './cases.ts';

/** How a decision stands in its column: the more severe, the higher. */
export const APPROVE = 0;
export const REVIEW = 1;
export const DECLINE = 2;
export const VERDICTS: readonly Verdict[] = ['approve', 'review', 'decline'];

/** What one rule set made of each case, in the order of the cases. */
export interface Judgements {
  /** 0..100; NaN where the score was missing. */
  readonly scores: Float64Array;
  /**
   * By what the cases are ranked: the score, and where that is missing the threshold of review, for that is what the
   * transaction was sent to.
   */
  readonly ranks: Float64Array;
  /** APPROVE, REVIEW or DECLINE. */
  readonly decisions: Uint8Array;
  /** Which of `hitSets` each met. */
  readonly hits: Uint32Array;
  /** Every combination of rules that was met together. */
  readonly hitSets: readonly HitSet[];
}

/** Rules that were met together. */
export interface HitSet {
  readonly rules: readonly string[];
  /**
   * Those without whose points the others would have stayed below the threshold of review. Empty where the score is
   * no sum of points.
   */
  readonly decisive: readonly string[];
}

const FIRST_CAPACITY = 1_024;

/** Takes the decisions of one rule set in, one after the other, or of several versions where it changed on the way. */
export class JudgementColumns {
  #count = 0;
  #scores = new Float64Array(FIRST_CAPACITY);
  #ranks = new Float64Array(FIRST_CAPACITY);
  #decisions = new Uint8Array(FIRST_CAPACITY);
  #hits = new Uint32Array(FIRST_CAPACITY);
  readonly #hitSets: HitSet[] = [];
  /** By rule set, then by the rules met. */
  readonly #numbers = new Map<RuleSet, Map<string, number>>();

  get count(): number {
    return this.#count;
  }

  add(decision: Pick<Decision, 'score' | 'decision' | 'hits'>, definition: RuleSet): void {
    const place = this.#count++;
    if (place === this.#decisions.length) this.#grow();
    this.#scores[place] = decision.score ?? Number.NaN;
    this.#ranks[place] = decision.score ?? definition.thresholds.review;
    this.#decisions[place] = VERDICTS.indexOf(decision.decision);
    this.#hits[place] = this.#hitSet(decision.hits, definition);
  }

  /** What was taken in so far; a view, not a copy. */
  judgements(): Judgements {
    return {
      scores: this.#scores.subarray(0, this.#count),
      ranks: this.#ranks.subarray(0, this.#count),
      decisions: this.#decisions.subarray(0, this.#count),
      hits: this.#hits.subarray(0, this.#count),
      hitSets: this.#hitSets,
    };
  }

  #hitSet(hits: Decision['hits'], definition: RuleSet): number {
    let numbers = this.#numbers.get(definition);
    if (numbers === undefined) {
      numbers = new Map();
      this.#numbers.set(definition, numbers);
    }
    let key = '';
    for (const { rule } of hits) key += `${rule}\0`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#hitSets.push(hitSet(hits, definition)) - 1;
    numbers.set(key, number);
    return number;
  }

  #grow(): void {
    this.#scores = grown(this.#scores, (length) => new Float64Array(length));
    this.#ranks = grown(this.#ranks, (length) => new Float64Array(length));
    this.#decisions = grown(this.#decisions, (length) => new Uint8Array(length));
    this.#hits = grown(this.#hits, (length) => new Uint32Array(length));
  }
}

function hitSet(hits: Decision['hits'], { score, thresholds: { review } }: RuleSet): HitSet {
  const rules = hits.map(({ rule }) => rule);
  const points = (without?: string) =>
    hits.reduce((sum, hit) => (hit.rule === without ? sum : sum + hit.points), 0);
  const isSuspicious = score === null && clamped(points()) >= review;
  return { rules, decisive: isSuspicious ? rules.filter((rule) => clamped(points(rule)) < review) : [] };
}

/** As scores are: to 0..100. */
const clamped = (points: number): number => Math.min(100, Math.max(0, points));
