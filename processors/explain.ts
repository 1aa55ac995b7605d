import type { Decision } from '../domain/decision.ts';
import type { ExplainedHit, ExplainedTransaction, Explanation, WhatIf } from '../domain/explanation.ts';
import { type StoredFact, transactionSubmitted } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import {
  type FeatureWindow,
  type KnownTransaction,
  knownTransaction,
} from '../domain/scoring/feature-window.ts';
import { counterfactual } from './counterfactual.ts';
import { decisionDifferences } from './decision-difference.ts';
import { ExclusionHistory } from './exclusion-history.ts';
import { gatherHistory } from './gathered-history.ts';
import { ListHistory } from './list-history.ts';
import { NO_RULE_SET_VERSION } from './no-rule-set.ts';
import { Refold } from './refold.ts';
import { catchUp, RuleSetTimeline } from './rule-set-timeline.ts';
import { type Compile, ScoringPlans, sameVersion } from './scoring-plans.ts';
import { SeenWindows, windowsOf } from './seen-windows.ts';

export interface ExplanationsOptions {
  store: Pick<EventStore, 'readStream' | 'readAll' | 'readOthers'>;
  compile: Compile;
  /** Events held in memory for one explanation, at most: about 1.3 kB each. */
  mostHeld: number;
  /** Lets other work of the process go on. */
  breathe(): Promise<void>;
}

export interface ExplainRequest {
  /** The transaction. */
  fact: StoredFact;
  /** What was decided of it. */
  recorded: Decision;
  /** Of each feature that are shown, at most. */
  mostEvents: number;
  /** Asks what this rule set would have said instead. */
  otherRules?: RuleSet | undefined;
}

/**
 * Says why decisions were made as they were: what was recorded, beside the very events that made it. One at a time,
 * for what is held of a busy merchant may be much.
 */
export class Explanations {
  readonly #options: ExplanationsOptions;
  readonly #timeline = new RuleSetTimeline();
  readonly #plans: ScoringPlans;
  readonly #exclusions: ExclusionHistory;
  readonly #lists: ListHistory;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ExplanationsOptions) {
    const { store, compile } = options;
    this.#options = options;
    this.#plans = new ScoringPlans(this.#timeline, store, compile);
    this.#exclusions = new ExclusionHistory(store);
    this.#lists = new ListHistory(options);
  }

  /**
   * Reads the account's stream; where features are of merchants, devices, … everything up to the transaction.
   * @throws TooManyEvents, UnknownSchemaVersion, UnknownSemantics, UnpublishedRuleSet
   */
  explain(request: ExplainRequest): Promise<Explanation> {
    const done = this.#last.then(() => this.#explain(request));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #explain({ fact, recorded, mostEvents, otherRules }: ExplainRequest): Promise<Explanation> {
    const { store, compile, mostHeld, breathe } = this.#options;
    const { position, revision } = fact;
    await catchUp(this.#timeline, store, position);
    const inForce = await this.#plans.planOf(this.#timeline.inForceAt(position), position);
    // What the record names its features by; verify tells where that is not what was in force.
    const plan = await this.#recordedPlan(recorded, position);
    const other = otherRules && compile(otherRules, { name: otherRules.name, version: 0 });
    const scored = knownTransaction(transactionSubmitted(fact), revision, position);
    const [windows, inForceWindows, otherWindows] = [plan, inForce, other].map((each) =>
      each === undefined ? [] : windowsOf(each),
    ) as [FeatureWindow[], FeatureWindow[], FeatureWindow[]];
    const { facts, known } = await gatherHistory(scored, [...windows, ...inForceWindows, ...otherWindows], {
      store,
      exclusions: this.#exclusions,
      mostHeld,
      breathe,
    });
    const names = [plan, inForce, other].flatMap((each) => each?.lists.names ?? []);
    const lists = await this.#lists.at(position, names);
    const refold = new Refold(facts, scored, lists, breathe);
    const recomputed = await refold.decide(inForce);
    const seen = new SeenWindows(scored, known, lists, mostEvents, breathe);
    const candidates = await seen.candidates(inForceWindows, recomputed, inForce.definition);
    return {
      transaction: transactionOf(scored),
      recorded,
      hits: hitsOf(recorded, plan.definition),
      features: await seen.features(windows, recorded, plan.definition),
      differences: decisionDifferences(recorded, recomputed, inForce.definition),
      counterfactual: await counterfactual(inForce, recomputed, candidates, refold),
      whatIf:
        other === undefined ? null : await whatIfOf(await refold.decide(other), seen, otherWindows, other),
    };
  }

  #recordedPlan({ ruleSet }: Decision, position: number): Promise<ScoringPlan> {
    return this.#plans.planOf(sameVersion(ruleSet, NO_RULE_SET_VERSION) ? null : ruleSet, position);
  }
}

function transactionOf({ submitted, revision, position }: KnownTransaction): ExplainedTransaction {
  const { transactionId, accountId, occurredAt, amountMinor, currency } = submitted.transaction;
  const { amountBaseMinor, receivedAtMs } = submitted;
  const named = { transactionId, accountId, revision, position };
  return { ...named, occurredAt, amountMinor, currency, amountBaseMinor, receivedAtMs };
}

function hitsOf({ hits }: Decision, { rules }: RuleSet): ExplainedHit[] {
  return hits.map((hit) => ({ ...hit, when: rules.find(({ id }) => id === hit.rule)?.when.source ?? '' }));
}

async function whatIfOf(
  decided: Decision,
  seen: SeenWindows,
  windows: readonly FeatureWindow[],
  { definition }: ScoringPlan,
): Promise<WhatIf> {
  const { score, decision, reasons, undefinedRules } = decided;
  return {
    name: definition.name,
    score,
    decision,
    reasons,
    undefinedRules,
    hits: hitsOf(decided, definition),
    features: await seen.features(windows, decided, definition),
  };
}
