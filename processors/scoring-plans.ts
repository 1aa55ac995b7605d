import { factData, type RuleSetPublished, type RuleSetVersion, ruleSetStream } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { assertKnownSemantics } from '../domain/rules/semantics.ts';
import { NO_RULE_SET, NO_RULE_SET_VERSION } from './no-rule-set.ts';
import type { RuleSetTimeline } from './rule-set-timeline.ts';

export type Compile = (definition: RuleSet, version: RuleSetVersion) => ScoringPlan;

/** The compiled plans of the rule set versions met so far, each compiled once. */
export class ScoringPlans {
  readonly #timeline: RuleSetTimeline;
  readonly #store: Pick<EventStore, 'readStream'>;
  readonly #compile: Compile;
  readonly #plans = new Map<string, ScoringPlan>();

  constructor(timeline: RuleSetTimeline, store: Pick<EventStore, 'readStream'>, compile: Compile) {
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
    const definition = this.#timeline.definition(version) ?? (await this.#published(version, position));
    if (definition === undefined) throw new UnpublishedRuleSet(version, position);
    return definition;
  }

  /** From the rule set's own stream: to look for it in all of history would make whoever starts wait for that. */
  async #published({ name, version }: RuleSetVersion, position: number): Promise<RuleSet | undefined> {
    for (let from = 0; ; from += READ_LIMIT) {
      const facts = await this.#store.readStream(ruleSetStream(name), from, READ_LIMIT);
      for (const fact of facts) {
        if (fact.position > position) return undefined;
        if (fact.type !== 'RuleSetPublished') continue;
        const published = factData<RuleSetPublished>(fact);
        if (published.version !== version) continue;
        const ruleSet = published.ruleSet as RuleSet;
        assertKnownSemantics(ruleSet.semantics);
        return ruleSet;
      }
      if (facts.length < READ_LIMIT) return undefined;
    }
  }
}

const READ_LIMIT = 100;

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
