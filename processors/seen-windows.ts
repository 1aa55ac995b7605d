import type { Decision } from '../domain/decision.ts';
import type { ExplainedEvent, ExplainedFeature } from '../domain/explanation.ts';
import type { FeatureValue, Label } from '../domain/facts.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { symbolsOf } from '../domain/rules/symbols-of.ts';
import { FeatureWindow, type KnownTransaction } from '../domain/scoring/feature-window.ts';

export const windowsOf = ({ definition }: ScoringPlan): FeatureWindow[] =>
  definition.features.map((feature) => new FeatureWindow(definition, feature));

/** The windows of one transaction, and what stood in them. */
export class SeenWindows {
  readonly #scored: KnownTransaction;
  readonly #known: readonly KnownTransaction[];
  readonly #mostEvents: number;

  /** @param known everything before it that windows may hold @param mostEvents of a feature that are shown */
  constructor(scored: KnownTransaction, known: readonly KnownTransaction[], mostEvents: number) {
    this.#scored = scored;
    this.#known = known;
    this.#mostEvents = mostEvents;
  }

  /** Every feature with the value it had in the decision, and the events that make it. */
  features(
    windows: readonly FeatureWindow[],
    decision: Pick<Decision, 'features' | 'hits'>,
    definition: RuleSet,
  ): ExplainedFeature[] {
    const readBy = readersOf(definition, decision);
    return windows.map((window, i) =>
      this.#feature(window, decision.features[i] ?? null, readBy(window.definition.name)),
    );
  }

  /** The earlier events of the windows that a decision hangs on, newest first. */
  candidates(windows: readonly FeatureWindow[], decision: Decision, definition: RuleSet): KnownTransaction[] {
    const readBy = readersOf(definition, decision);
    const hanging = windows.filter(({ definition: { name } }) => readBy(name).length > 0);
    const members = new Set(hanging.flatMap((window) => window.members(this.#scored, this.#known)));
    members.delete(this.#scored);
    return [...members].sort(
      (one, other) => other.occurredAtMs - one.occurredAtMs || other.position - one.position,
    );
  }

  #feature(window: FeatureWindow, value: FeatureValue, readBy: string[]): ExplainedFeature {
    const { name, aggregate, of, per, where, prior } = window.definition;
    const members = window.members(this.#scored, this.#known);
    const { afterMs, upToMs } = window.bounds(this.#scored.occurredAtMs);
    return {
      name,
      value,
      aggregate,
      of,
      per,
      key: window.keyOf(this.#scored.submitted) ?? null,
      where: where?.source ?? null,
      prior,
      afterMs: afterMs === -Infinity ? null : afterMs,
      upToMs,
      readBy,
      count: members.length,
      events: members
        .slice(Math.max(0, members.length - this.#mostEvents))
        .reverse()
        .map((each) => ({
          ...eventOf(each),
          value: window.valueOf(each) ?? null,
          isScored: each === this.#scored,
        })),
    };
  }
}

export function eventOf({ submitted, learnt }: KnownTransaction): Omit<ExplainedEvent, 'value' | 'isScored'> {
  const { transactionId, accountId, occurredAt, amountMinor, currency } = submitted.transaction;
  const label = (learnt.label as Label | undefined) ?? null;
  return { transactionId, accountId, occurredAt, amountMinor, currency, label };
}

/** For each feature, which of the rules that hit read it; `score` where the score expression does. */
function readersOf(
  { rules, score }: RuleSet,
  { hits }: Pick<Decision, 'hits'>,
): (feature: string) => string[] {
  const isHit = new Set(hits.map(({ rule }) => rule));
  const readers = rules.filter(({ id }) => isHit.has(id)).map(({ id, when }) => ({ id, tree: when.tree }));
  if (score !== null) readers.push({ id: 'score', tree: score.tree });
  const reading = readers.map(({ id, tree }) => ({ id, names: new Set(symbolsOf(tree)) }));
  return (feature) => reading.filter(({ names }) => names.has(feature)).map(({ id }) => id);
}
