import type { Decision, Verdict } from './decision.ts';
import type { AlertGrouping, FraudSuspected } from './facts.ts';
import { type RuleSet, SCORE_UNDEFINED } from './rules/rule-set.ts';

/** Suspicions one alert holds at most: what is read, shown and closed at once has a bound. */
export const MOST_SUSPICIONS = 500;

type AlertRules = Pick<RuleSet, 'rules' | 'score' | 'alerts'>;

/** Whether a rule set says anything of gathering suspicions: then those of an account must stand in order. */
export function gathersAlerts({ rules, alerts }: AlertRules): boolean {
  return alerts !== undefined || rules.some(({ coolDownMs, shadow }) => coolDownMs !== undefined && !shadow);
}

/** What a rule set says of gathering a suspicion; undefined where it says nothing, and each is an alert of its own. */
export function groupingOf(
  ruleSet: AlertRules,
  { hits, reasons }: Pick<Decision, 'hits' | 'reasons'>,
): AlertGrouping | undefined {
  if (!gathersAlerts(ruleSet)) return undefined;
  const { rules, score, alerts } = ruleSet;
  // What speaks for the customer is no reason for suspicion. A score expression does not say what speaks for whom.
  const ids = new Set(hits.filter(({ points }) => points > 0 || score !== null).map(({ rule }) => rule));
  const suspected = rules.filter(({ id }) => ids.has(id));
  const families = suspected.map(({ family, reason }) => family ?? reason);
  if (reasons.includes(SCORE_UNDEFINED)) families.push(SCORE_UNDEFINED);
  return {
    groupMs: alerts?.groupMs ?? null,
    families: [...new Set(families)],
    coolDownsMs: Object.fromEntries(suspected.map(({ id, coolDownMs }) => [id, coolDownMs ?? null])),
  };
}

/** An alert as far as it says what it gathers. */
export interface Gatherer {
  alertId: string;
  isClosed: boolean;
  /** Of all its suspicions; null of one whose rule set said nothing of gathering. */
  families: readonly string[] | null;
  /** The span of its suspicions in event time, milliseconds since the epoch. */
  oldestMs: number;
  newestMs: number;
  suspicions: number;
  /** The most severe of its suspicions. */
  decision: Verdict;
}

/** The newest suspicion of a rule that was not held back, by event time. */
export interface LastOfRule {
  occurredAtMs: number;
  alert: Gatherer;
}

export interface Gathering {
  into: Gatherer;
  /** By a cool-down: its rules were suspected of the same lately, and nothing has become worse. */
  isHeldBack: boolean;
}

/**
 * Which alert of the account gathers a suspicion; undefined where it opens one of its own.
 * @param alerts of the account, the first opened first
 */
export function gathering(
  suspected: Pick<FraudSuspected, 'decision' | 'reasons' | 'grouping'>,
  occurredAtMs: number,
  alerts: Iterable<Gatherer>,
  lastOf: (rule: string) => LastOfRule | undefined,
): Gathering | undefined {
  const { grouping } = suspected;
  if (grouping === undefined) return undefined;
  for (const alert of alerts) {
    if (groups(alert, grouping, occurredAtMs)) return { into: alert, isHeldBack: false };
  }
  const quiet = coolingDown(suspected, grouping, occurredAtMs, lastOf);
  return quiet && { into: quiet, isHeldBack: true };
}

function groups(alert: Gatherer, { groupMs, families }: AlertGrouping, occurredAtMs: number): boolean {
  if (groupMs === null || alert.isClosed || alert.families === null) return false;
  if (alert.suspicions >= MOST_SUSPICIONS) return false;
  if (occurredAtMs <= alert.oldestMs - groupMs || occurredAtMs >= alert.newestMs + groupMs) return false;
  if (families.length === 0) return alert.families.length === 0;
  return families.some((family) => alert.families!.includes(family));
}

/** The alert behind which the suspicion keeps quiet: of all its rules, the one last suspected. */
function coolingDown(
  { decision, reasons }: Pick<FraudSuspected, 'decision' | 'reasons'>,
  { coolDownsMs }: AlertGrouping,
  occurredAtMs: number,
  lastOf: (rule: string) => LastOfRule | undefined,
): Gatherer | undefined {
  if (reasons.includes(SCORE_UNDEFINED)) return undefined;
  let newest: LastOfRule | undefined;
  for (const [rule, coolDownMs] of Object.entries(coolDownsMs)) {
    const last = coolDownMs === null ? undefined : lastOf(rule);
    if (last === undefined || Math.abs(occurredAtMs - last.occurredAtMs) >= coolDownMs!) return undefined;
    if (newest === undefined || last.occurredAtMs > newest.occurredAtMs) newest = last;
  }
  if (newest === undefined || newest.alert.suspicions >= MOST_SUSPICIONS) return undefined;
  return decision === 'decline' && newest.alert.decision !== 'decline' ? undefined : newest.alert;
}
