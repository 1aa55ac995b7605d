import type { RuleSetVersion } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { NO_RULE_SET, NO_RULE_SET_VERSION } from './no-rule-set.ts';
import { catchUp, type RuleSetTimeline } from './rule-set-timeline.ts';

export type Compile = (definition: RuleSet, version: RuleSetVersion) => ScoringPlan;

/** The compiled plans of the rule set versions met so far, each compiled once. */
export class ScoringPlans {
  readonly #timeline: RuleSetTimeline;
  readonly #store: Pick<EventStore, 'readOthers'>;
  readonly #compile: Compile;
  readonly #plans = new Map<string, ScoringPlan>();

  constructor(timeline: RuleSetTimeline, store: Pick<EventStore, 'readOthers'>, compile: Compile) {
    this.#timeline = timeline;
    this.#store = store;
    this.#compile = compile;
  }

  /**
   * The plan of the version in force at `position`.
   * @throws UnknownSemantics if this version of Shrike cannot compute it
   */
  async planOf(version: RuleSetVersion | null, position: number): Promise<ScoringPlan> {
    const wanted = version ?? NO_RULE_SET_VERSION;
    const key = `${wanted.name}\0${wanted.version}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = this.#compile(version === null ? NO_RULE_SET : await this.#definition(wanted, position), wanted);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  async #definition(version: RuleSetVersion, position: number): Promise<RuleSet> {
    await catchUp(this.#timeline, this.#store, position);
    const definition = this.#timeline.definition(version);
    if (definition === undefined) {
      throw new UnpublishedRuleSet(version, position);
    }
    return definition;
  }
}

/** A rule set is said to be in force, but the store holds no publication of it before that. */
export class UnpublishedRuleSet extends Error {
  constructor({ name, version }: RuleSetVersion, position: number) {
    super(
      `version ${version} of rule set ${JSON.stringify(name)} is in force at position ${position} but was not published before it`,
    );
    this.name = 'UnpublishedRuleSet';
  }
}

export function sameVersion(a: RuleSetVersion | null, b: RuleSetVersion | null): boolean {
  return a === b || (a !== null && b !== null && a.name === b.name && a.version === b.version);
}
