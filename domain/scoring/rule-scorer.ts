import type { Verdict } from '../decision.ts';
import type { RuleHit } from '../facts.ts';
import { lowerNumber } from '../rules/expression-lower.ts';
import { type RuleSet, SCORE_UNDEFINED } from '../rules/rule-set.ts';
import type { Layout, NumberReader, Scope } from '../rules/scope.ts';

/** What the rules say of one transaction. */
export interface Outcome {
  score: number | null;
  decision: Verdict;
  reasons: string[];
  hits: RuleHit[];
  undefinedRules: string[];
}

/**
 * The rules of a set as one function of the scope: points of the hits summed in document order, or the score
 * expression, clamped to 0..100 and not rounded. Total: a rule whose condition is missing is not met.
 */
export function ruleScorer(ruleSet: RuleSet, layout: Layout): (scope: Scope) => Outcome {
  const rules = ruleSet.rules.filter(({ shadow }) => !shadow);
  const conditions = rules.map((rule) => lowerNumber(rule.when.tree, layout));
  const hits = rules.map(({ id, points, reason }): RuleHit => ({ rule: id, points, reason }));
  /** No rule before it gives its reason: mostly so, and nothing has to be looked for. */
  const isFirst = hits.map(({ reason }, i) => hits.findIndex((hit) => hit.reason === reason) === i);
  const scoreExpression = ruleSet.score === null ? null : lowerNumber(ruleSet.score.tree, layout);
  const { review, decline } = ruleSet.thresholds;
  return (scope) => {
    const outcome: Outcome = { score: null, decision: 'approve', reasons: [], hits: [], undefinedRules: [] };
    let points = 0;
    for (let i = 0; i < conditions.length; i++) {
      const met = conditions[i]!(scope);
      if (met === 1) {
        const hit = hits[i]!;
        points += hit.points;
        outcome.hits.push(hit);
        if (isFirst[i] || !outcome.reasons.includes(hit.reason)) outcome.reasons.push(hit.reason);
      } else if (met !== 0) {
        outcome.undefinedRules.push(hits[i]!.rule);
      }
    }
    const score = clamp(scoreOf(scoreExpression, scope, points));
    if (Number.isNaN(score)) {
      outcome.decision = 'review';
      outcome.reasons.push(SCORE_UNDEFINED);
    } else {
      outcome.score = score;
      if (score >= decline) outcome.decision = 'decline';
      else if (score >= review) outcome.decision = 'review';
    }
    return outcome;
  };
}

function scoreOf(expression: NumberReader | null, scope: Scope, points: number): number {
  return expression === null ? points : expression(scope);
}

/** To 0..100; NaN stays NaN. */
function clamp(score: number): number {
  return score < 0 ? 0 : score > 100 ? 100 : score;
}
