import type { Decision } from '../domain/decision.ts';
import type { ListMemory } from '../domain/lists/list-memory.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import { EntityMemory } from '../domain/scoring/entity-memory.ts';
import type { KnownTransaction } from '../domain/scoring/feature-window.ts';
import { NO_STAMPS } from '../domain/scoring/stamps.ts';
import { absorbFact, NOTHING } from './apply-fact.ts';
import type { GatheredFact } from './gathered-history.ts';

const FACTS_AT_ONCE = 200;

/**
 * Decides a transaction anew by the production fold, from what was gathered before it: nothing is forgotten, so
 * nothing can reach behind what is held.
 */
export class Refold {
  readonly #facts: readonly GatheredFact[];
  readonly #scored: KnownTransaction;
  readonly #lists: ListMemory;
  readonly #breathe: () => Promise<void>;

  /** @param lists as they stood before the transaction */
  constructor(
    facts: readonly GatheredFact[],
    scored: KnownTransaction,
    lists: ListMemory,
    breathe: () => Promise<void>,
  ) {
    this.#facts = facts;
    this.#scored = scored;
    this.#lists = lists;
    this.#breathe = breathe;
  }

  /** Facts that are folded to decide once, at least 1: the transaction itself. */
  get length(): number {
    return this.#facts.length + 1;
  }

  /** @param without position of a fact that is taken away; none by default */
  async decide(plan: ScoringPlan, without?: number): Promise<Decision> {
    const { submitted, revision, position } = this.#scored;
    const { accountId } = submitted.transaction;
    const account = plan.openFull();
    const entities = plan.entities.isEmpty ? null : new EntityMemory(plan.entities, true);
    for (const [i, fact] of this.#facts.entries()) {
      const { content, isOwn } = fact;
      const counts = fact.position === without ? NOTHING : content;
      if (isOwn) absorbFact(plan, account, accountId, fact, counts);
      if (entities !== null) {
        if (counts.kind === 'transaction') entities.stamp(counts.submitted, fact.position);
        else if (counts.kind === 'amendment') entities.amend(counts.amendment, fact.position);
      }
      if (i % FACTS_AT_ONCE === FACTS_AT_ONCE - 1) await this.#breathe();
    }
    const ofEntities = entities === null ? NO_STAMPS : entities.stamp(submitted, position);
    const stamps = [...ofEntities, ...plan.lists.stamp(this.#lists, submitted)];
    return plan.apply(account, submitted, revision, position, stamps);
  }
}
