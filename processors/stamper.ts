import {
  type FeatureValue,
  type StoredFact,
  type TransactionSubmitted,
  UnknownSchemaVersion,
} from '../domain/facts.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import { NO_STAMPS } from '../domain/scoring/stamps.ts';
import type { StampedFact } from './batch-fold.ts';
import { EntityHistory, type EntityHistoryOptions } from './entity-history.ts';
import { catchUp, type RuleSetTimeline } from './rule-set-timeline.ts';
import { type ScoringPlans, sameVersion } from './scoring-plans.ts';

export interface StamperOptions extends EntityHistoryOptions {
  timeline: RuleSetTimeline;
  plans: ScoringPlans;
}

/** See Stamper. */
export type Stamp = Stamper['stamp'];

/**
 * Stamps the store's facts, in global order, with what is not of their account: the rule set in force, and the
 * values of the features that are kept by merchant, device, … A stamp is a function of the store up to its fact.
 */
export class Stamper {
  readonly timeline: RuleSetTimeline;
  readonly #entities: EntityHistory;
  readonly #options: StamperOptions;
  #plan: ScoringPlan | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: StamperOptions) {
    this.#options = options;
    this.timeline = options.timeline;
    this.#entities = new EntityHistory(options);
  }

  /**
   * @param after where the facts begin
   * @param facts all that the store holds in (after, position of the last]
   * @returns them, stamped; only those before one that cannot be read, where that would change an entity
   * @throws UnknownSchemaVersion where it is the first; UnknownSemantics
   */
  stamp(after: number, facts: readonly StoredFact[]): Promise<StampedFact[]> {
    return this.#alone(() => this.#stamp(after, facts));
  }

  /**
   * What a transaction that is not stored would be stamped with, were it the store's next.
   * @param head of the store
   * @param onward whether the entities go on to there first; else they are taken where they stand, if they do
   */
  stampNext(
    submitted: TransactionSubmitted,
    { entities }: ScoringPlan,
    head: number,
    onward: boolean,
  ): Promise<readonly FeatureValue[]> {
    if (entities.isEmpty) return Promise.resolve(NO_STAMPS);
    return this.#alone(() => {
      const position = onward ? head : (this.#entities.position ?? head);
      return this.#entities.hypothetical(position, entities, submitted);
    });
  }

  /** Has the entities of the rule set in force at `position` stand there, for whoever may go on from there soon. */
  warm(position: number): Promise<void> {
    return this.#alone(async () => {
      const { timeline, store, plans } = this.#options;
      await catchUp(timeline, store, position);
      const { entities } = await plans.planOf(timeline.inForceAt(position), position);
      if (!entities.isEmpty) await this.#entities.at(position, entities);
    });
  }

  /** One at a time: the entities are at one position. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #stamp(after: number, facts: readonly StoredFact[]): Promise<StampedFact[]> {
    const { timeline, store } = this.#options;
    await catchUp(timeline, store, after);
    const stamped: StampedFact[] = [];
    let before = after;
    for (const fact of facts) {
      timeline.fold(fact);
      const ruleSet = timeline.inForceAt(fact.position);
      if (this.#plan === null || !sameVersion(this.#plan.ruleSet, ruleSet)) {
        this.#plan = await this.#options.plans.planOf(ruleSet, fact.position);
      }
      const { entities } = this.#plan;
      let stamps = NO_STAMPS;
      if (!entities.isEmpty) {
        try {
          stamps = await this.#entities.next(before, entities, fact);
        } catch (error) {
          if (!(error instanceof UnknownSchemaVersion) || stamped.length === 0) throw error;
          return stamped;
        }
      }
      stamped.push({ fact, ruleSet, stamps });
      before = fact.position;
    }
    const last = facts.at(-1);
    if (last !== undefined) await this.#entities.tend(last);
    return stamped;
  }
}
