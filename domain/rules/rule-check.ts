import { mapOf } from './document-parts.ts';
import type { Symbols } from './expression-check.ts';
import { type RuleDefinition, type RuleSet, SCORE_UNDEFINED } from './rule-set.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';
import { alertsShape, ruleShape, thresholdsShape } from './rule-set-shape.ts';

export const MAX_RULES = 512;

/** @param hasScore a score expression stands in for points, which may then be left out */
export function checkRules(
  rules: unknown[],
  symbols: Symbols,
  hasScore: boolean,
  problems: RuleSetProblems,
): RuleDefinition[] {
  if (rules.length > MAX_RULES) {
    problems.add(['rules'], `holds ${rules.length} rules, more than ${MAX_RULES}`, null, { key: true });
  }
  const ids = new Set<unknown>();
  return rules.slice(0, MAX_RULES).flatMap((value, i) => {
    const { id } = mapOf(value);
    if (ids.has(id)) problems.add(['rules', i, 'id'], `"${id}" is the id of an earlier rule too`);
    if (id !== undefined) ids.add(id);
    return checkRule(value, i, symbols, hasScore, problems) ?? [];
  });
}

function checkRule(
  value: unknown,
  index: number,
  symbols: Symbols,
  hasScore: boolean,
  problems: RuleSetProblems,
): RuleDefinition | undefined {
  const path = ['rules', index];
  const rule = problems.shaped(ruleShape, value, path);
  const source = rule?.when ?? mapOf(value).when;
  const when =
    typeof source === 'string'
      ? problems.expression(source, symbols, 'boolean', [...path, 'when'])
      : undefined;
  if (rule === undefined || when === undefined) return undefined;
  if (rule.points === undefined && !hasScore && rule.shadow !== true) {
    return problems.add([...path, 'points'], 'is missing', 'a number from -100 to 100, as in points: 40');
  }
  if (rule.reason === SCORE_UNDEFINED) {
    return problems.add([...path, 'reason'], 'is what a missing score is told by', 'choose another reason');
  }
  const { id, points = 0, reason, description = null, shadow, family, coolDown } = rule;
  return {
    id,
    when,
    points,
    reason,
    description,
    // What is not said is not stored: rule sets that do without stay to the byte as they were.
    ...(shadow === true ? { shadow } : {}),
    ...(family === undefined ? {} : { family }),
    ...(coolDown === undefined ? {} : { coolDownMs: coolDown }),
  };
}

/** @returns how alerts are gathered; undefined where the rule set does not say, or says it wrongly. */
export function checkAlerts(
  value: unknown,
  rules: readonly unknown[],
  problems: RuleSetProblems,
): RuleSet['alerts'] {
  if (value !== undefined) {
    const alerts = problems.shaped(alertsShape, value, ['alerts']);
    return alerts && { groupMs: alerts.group };
  }
  const index = rules.findIndex((rule) => mapOf(rule).family !== undefined);
  if (index < 0) return undefined;
  const suggestion = 'say within what time, at the top, as in alerts: { group: 24h }';
  return problems.add(['rules', index, 'family'], 'gathers nothing where alerts are not grouped', suggestion);
}

export function checkThresholds(
  value: unknown,
  problems: RuleSetProblems,
): RuleSet['thresholds'] | undefined {
  const thresholds = problems.shaped(thresholdsShape, value, ['thresholds']);
  if (thresholds !== undefined && thresholds.review > thresholds.decline) {
    const problem = `must not be above decline (${thresholds.decline}), but is ${thresholds.review}`;
    return problems.add(['thresholds', 'review'], problem);
  }
  return thresholds;
}
