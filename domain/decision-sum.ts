import { hash } from 'node:crypto';
import type { Decision } from './decision.ts';

/** How many decisions there are, and the sum of their digests: 64 hexadecimal digits. */
export interface SummedDecisions {
  count: number;
  digest: string;
}

const LANES = 8;
const LANE = 2 ** 32;
/** So many lanes of 32 bits add up to less than 2^53. */
const MOST_UNCARRIED = 2 ** 20;

/**
 * The digests of decisions, summed modulo 2^256: whatever order they come in and however they are shared out, the
 * same sum; and what one account adds to it can be taken out again.
 */
export class DecisionSum {
  count = 0;
  readonly #lanes = new Float64Array(LANES);
  #uncarried = 0;

  add(decision: Decision): void {
    const digest = hash('sha256', canonicalText(decision), 'buffer');
    for (let i = 0; i < LANES; i++) this.#lanes[i]! += digest.readUInt32BE(4 * i);
    this.count++;
    if (++this.#uncarried === MOST_UNCARRIED) this.#carry();
  }

  /** What another sum has counted. */
  addSum({ count, digest }: SummedDecisions): void {
    this.#carry();
    for (let i = 0; i < LANES; i++) this.#lanes[i]! += Number.parseInt(digest.slice(8 * i, 8 * i + 8), 16);
    this.count += count;
    this.#carry();
  }

  get summed(): SummedDecisions {
    this.#carry();
    const digest = Array.from(this.#lanes, (lane) => lane.toString(16).padStart(8, '0')).join('');
    return { count: this.count, digest };
  }

  #carry(): void {
    let carried = 0;
    for (let i = LANES - 1; i >= 0; i--) {
      const sum = this.#lanes[i]! + carried;
      this.#lanes[i] = sum % LANE;
      carried = Math.floor(sum / LANE);
    }
    this.#uncarried = 0;
  }
}

/**
 * What a decision says, in a form that is the same on every engine: without its position. Stored digests are of this
 * text. A field that decisions have only since later may follow at the end, and only where it says something.
 */
function canonicalText(decision: Decision): string {
  const { hits, ruleSet, beside } = decision;
  return JSON.stringify([
    decision.accountId,
    decision.revision,
    decision.transactionId,
    decision.occurredAtMs,
    decision.score,
    decision.decision,
    decision.reasons,
    hits.map(({ rule, points, reason }) => [rule, points, reason]),
    decision.features,
    decision.undefinedRules,
    ruleSet.name,
    ruleSet.version,
    decision.lateByMs,
    decision.origin,
    ...(beside === undefined ? [] : [[beside.shadowHits, Object.entries(beside.scores)]]),
  ]);
}
