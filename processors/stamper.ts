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
import { isFatal } from './fatal.ts';
import { ListHistory, type ListHistoryOptions } from './list-history.ts';
import { catchUp, type RuleSetTimeline } from './rule-set-timeline.ts';
import { type ScoringPlans, sameVersion } from './scoring-plans.ts';

export interface StamperOptions extends EntityHistoryOptions, ListHistoryOptions {
  store: EntityHistoryOptions['store'] & ListHistoryOptions['store'];
  timeline: RuleSetTimeline;
  plans: ScoringPlans;
}

/** See Stamper. */
export type Stamp = Stamper['stamp'];

/**
 * Stamps the store's facts, in global order, with what is not of their account: the rule set in force, and the
 * values of the features that are kept by merchant, device, …, or looked up in lists. A stamp is a function of the store up to its fact.
 */
export class Stamper {
  readonly timeline: RuleSetTimeline;
  #entities: EntityHistory;
  readonly #lists: ListHistory;
  /** Of the version published last, where it is not in force and reads other entities. */
  #beside: { hash: string; history: EntityHistory } | null = null;
  readonly #options: StamperOptions;
  #plan: ScoringPlan | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: StamperOptions) {
    this.#options = options;
    this.timeline = options.timeline;
    this.#entities = new EntityHistory(options);
    this.#lists = new ListHistory(options);
  }

  /**
   * @param after where the facts begin
   * @param facts all that the store holds in (after, position of the last]
   * @returns them, stamped; only those before one that cannot be read, where that would change a stamp
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
    { isStamped, entities, lists }: ScoringPlan,
    head: number,
    onward: boolean,
  ): Promise<readonly FeatureValue[]> {
    if (!isStamped) return Promise.resolve(NO_STAMPS);
    return this.#alone(async () => {
      const position = onward ? head : (this.#entities.position ?? head);
      const ofEntities = entities.isEmpty
        ? NO_STAMPS
        : await this.#entities.hypothetical(position, entities, submitted);
      if (lists.isEmpty) return ofEntities;
      return [...ofEntities, ...lists.stamp(await this.#lists.at(head, lists.names), submitted)];
    });
  }

  /**
   * Brings the entities of the version published last some way nearer to `position`, if it reads other ones than
   * that in force, and so its lists: by the time it is activated they are there.
   * @returns whether there is more to be done
   */
  prepare(position: number): Promise<boolean> {
    return this.#alone(async () => {
      const { timeline, store, plans } = this.#options;
      await catchUp(timeline, store, position);
      const version = timeline.publishedLast;
      const next = version === null ? null : await orNull(plans.planOf(version, position));
      const hasLists = next === null || (await orNull(this.#lists.approach(position, next.lists.names)));
      const plan = next?.entities ?? null;
      const inForce = await plans.planOf(timeline.inForceNext(), position);
      if (plan === null || plan.isEmpty || plan.hash === inForce.entities.hash) {
        this.#beside = null;
        return hasLists === false;
      }
      if (this.#beside?.hash !== plan.hash) {
        this.#beside = { hash: plan.hash, history: new EntityHistory(this.#options) };
      }
      const isThere = await orNull(this.#beside.history.approach(position, plan));
      return isThere === false || hasLists === false;
    });
  }

  /** Has the entities of the rule set in force at `position` stand there, for whoever may go on from there soon. */
  warm(position: number): Promise<void> {
    return this.#alone(async () => {
      const { timeline, store, plans } = this.#options;
      await catchUp(timeline, store, position);
      const { entities, lists } = await plans.planOf(timeline.inForceAt(position), position);
      if (!entities.isEmpty) await this.#entities.at(position, entities);
      if (!lists.isEmpty) await this.#lists.at(position, lists.names);
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
        if (this.#beside?.hash === this.#plan.entities.hash) {
          this.#entities = this.#beside.history;
          this.#beside = null;
        }
      }
      let stamps = NO_STAMPS;
      if (this.#plan.isStamped) {
        try {
          stamps = await this.#stampsOf(before, this.#plan, fact);
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

  async #stampsOf(
    before: number,
    { entities, lists }: ScoringPlan,
    fact: StoredFact,
  ): Promise<readonly FeatureValue[]> {
    // Lists first: going back costs them little, where one of the two cannot read the fact.
    const ofLists = lists.isEmpty ? NO_STAMPS : await this.#lists.next(before, lists, fact);
    if (entities.isEmpty) return ofLists;
    const ofEntities = await this.#entities.next(before, entities, fact);
    return lists.isEmpty ? ofEntities : [...ofEntities, ...ofLists];
  }
}

/** Null where no repetition helps: it may never be in force, and then stops nobody. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isFatal(error)) return null;
    throw error;
  }
}
