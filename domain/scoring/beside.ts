import type { Beside } from '../decision.ts';
import { lowerNumber } from '../rules/expression-lower.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { Layout, Scope } from '../rules/scope.ts';

/** What a rule set reckons beside what decides, as a function of the scope; undefined where that is nothing. Total. */
export function besideOf(ruleSet: RuleSet, layout: Layout): ((scope: Scope) => Beside) | undefined {
  const shadows = ruleSet.rules
    .filter(({ shadow }) => shadow)
    .map(({ id, when }) => ({ id, isMet: lowerNumber(when.tree, layout) }));
  const scores = (ruleSet.scores ?? []).map(({ name, value }) => ({
    name,
    read: lowerNumber(value.tree, layout),
  }));
  if (shadows.length === 0 && scores.length === 0) return undefined;
  return (scope) => ({
    shadowHits: shadows.filter(({ isMet }) => isMet(scope) === 1).map(({ id }) => id),
    scores: Object.fromEntries(scores.map(({ name, read }) => [name, finite(read(scope))])),
  });
}

/** JSON knows neither what is missing nor a negative zero. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}
