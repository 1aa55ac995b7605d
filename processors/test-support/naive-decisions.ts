import type { Decision } from '../../domain/decision.ts';
import {
  accountOfStream,
  type FactExcluded,
  type RuleSetActivated,
  type StoredFact,
  transactionSubmitted,
} from '../../domain/facts.ts';
import type { AccountState, ScoringPlan } from '../../domain/risk-fold.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { NO_RULE_SET } from '../no-rule-set.ts';
import type { Compile } from '../scoring-plans.ts';
import type { Written } from './history.ts';

/**
 * What must be decided of a history, the plain way: every version's plan folds every account from its first fact
 * on and forgets nothing; the one in force is asked. Where other facts count than did before, it begins anew.
 * Positions are left out: they depend on when alerts came.
 */
export function naiveDecisions(
  history: readonly Written[],
  ruleSets: readonly RuleSet[],
  compile: Compile,
): Omit<Decision, 'position'>[] {
  const everyVersion = [
    { definition: NO_RULE_SET, name: NO_RULE_SET.name, version: 0 },
    ...history.flatMap(({ fact }) => {
      if (fact.type !== 'RuleSetActivated') return [];
      const { name, version } = JSON.parse(fact.data) as RuleSetActivated;
      return [{ definition: ruleSets.find((ruleSet) => ruleSet.name === name)!, name, version }];
    }),
  ];
  const streams = streamsOf(history);
  const folds = everyVersion.map(({ definition, name, version }) => {
    const plan = compile(definition, { name, version });
    return new Map([...streams].map(([stream, facts]) => [stream, new NaiveAccount(plan, facts)]));
  });
  let inForce = 0;
  const decisions: Omit<Decision, 'position'>[] = [];
  for (const { stream, fact } of history) {
    if (fact.type === 'RuleSetActivated') inForce++;
    if (accountOfStream(stream) === undefined) continue;
    folds.forEach((accounts, i) => {
      const decision = accounts.get(stream)!.next();
      if (i === inForce && decision !== undefined) decisions.push(decision);
    });
  }
  return decisions;
}

function streamsOf(history: readonly Written[]): Map<string, StoredFact[]> {
  const streams = new Map<string, StoredFact[]>();
  for (const { stream, fact } of history) {
    const facts = streams.get(stream) ?? [];
    streams.set(stream, facts);
    facts.push({ ...fact, stream, revision: facts.length, position: 0 });
  }
  return streams;
}

/** One account as one version sees it. */
class NaiveAccount {
  readonly #plan: ScoringPlan;
  readonly #facts: readonly StoredFact[];
  readonly #sayings: Saying[];
  #state: AccountState;
  #out: number[] = [];

  constructor(plan: ScoringPlan, facts: readonly StoredFact[]) {
    this.#plan = plan;
    this.#facts = facts;
    this.#sayings = facts.flatMap(sayingOf);
    this.#state = plan.openFull();
  }

  next(): Omit<Decision, 'position'> | undefined {
    const revision = this.#state.revision + 1;
    const out = this.#outAt(revision);
    if (out.join() !== this.#out.join()) {
      this.#state = this.#plan.openFull();
      for (let i = 0; i < revision; i++) this.#fold(i, out.includes(i));
      this.#out = out;
    }
    return this.#fold(revision, this.#isOut(revision, revision));
  }

  /** The revisions before this one that count as not there for what is decided at it. */
  #outAt(revision: number): number[] {
    const spokenOf = new Set(this.#sayings.map(({ about }) => about));
    return [...spokenOf].filter((about) => about < revision && this.#isOut(about, revision));
  }

  #fold(revision: number, isOut: boolean): Omit<Decision, 'position'> | undefined {
    const fact = this.#facts[revision]!;
    if (isOut || fact.type !== 'TransactionSubmitted') {
      this.#plan.skip(this.#state, accountOfStream(fact.stream)!, revision);
      return undefined;
    }
    const { position: _, ...decision } = this.#plan.apply(
      this.#state,
      transactionSubmitted(fact),
      revision,
      0,
    );
    return decision;
  }

  /** Whether a fact counts as not there for what is decided at `revision`. */
  #isOut(about: number, revision: number): boolean {
    const sayings = this.#sayings.filter((saying) => saying.about === about);
    const before = sayings.filter(({ at }) => at < revision);
    if (before.length > 0) return before.at(-1)!.what === 'FactExcluded';
    return sayings[0]?.unread === true;
  }
}

interface Saying {
  at: number;
  about: number;
  what: string;
  unread: boolean;
}

function sayingOf({ type, revision, data }: StoredFact): Saying[] {
  if (type !== 'FactExcluded' && type !== 'FactReadmitted') return [];
  const { revision: about, unread = false } = JSON.parse(data) as Partial<FactExcluded> & {
    revision: number;
  };
  return [{ at: revision, about, what: type, unread }];
}
