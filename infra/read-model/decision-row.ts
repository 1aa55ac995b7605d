import type { Beside, Decision } from '../../domain/decision.ts';
import type { FeatureValue } from '../../domain/facts.ts';
import type { DecisionRow } from './risk-database.ts';

export const DECISION_COLUMNS = [
  'position',
  'account_id',
  'revision',
  'transaction_id',
  'occurred_at_ms',
  'score',
  'decision',
  'reasons',
  'hits',
  'features',
  'undefined_rules',
  'rule_set',
  'rule_set_version',
  'late_by_ms',
  'origin',
] as const;

/** The values of a decision's columns, in the order of DECISION_COLUMNS. */
export function decisionValues(decision: Decision): (string | number | null)[] {
  return [
    decision.position,
    decision.accountId,
    decision.revision,
    decision.transactionId,
    decision.occurredAtMs,
    decision.score,
    decision.decision,
    jsonArray(decision.reasons),
    jsonArray(decision.hits),
    jsonArray(withBeside(decision)),
    jsonArray(decision.undefinedRules),
    decision.ruleSet.name,
    decision.ruleSet.version,
    decision.lateByMs,
    decision.origin,
  ];
}

/** After the values of the features, none of which is an object, stands what is reckoned beside, where it is. */
function withBeside({ features, beside }: Decision): readonly unknown[] {
  return beside === undefined ? features : [...features, beside];
}

/** Most transactions meet no rule. */
function jsonArray(values: readonly unknown[]): string {
  return values.length === 0 ? '[]' : JSON.stringify(values);
}

export function decisionOfRow(row: DecisionRow): Decision {
  const features: FeatureValue[] = JSON.parse(row.features);
  const last: unknown = features.at(-1);
  const beside =
    typeof last === 'object' && last !== null ? (features.pop() as unknown as Beside) : undefined;
  return {
    accountId: row.account_id,
    transactionId: row.transaction_id,
    revision: row.revision,
    position: row.position,
    occurredAtMs: row.occurred_at_ms,
    score: row.score,
    decision: row.decision,
    reasons: JSON.parse(row.reasons),
    hits: JSON.parse(row.hits),
    features,
    undefinedRules: JSON.parse(row.undefined_rules),
    ruleSet: { name: row.rule_set, version: row.rule_set_version },
    lateByMs: row.late_by_ms,
    origin: row.origin,
    ...(beside === undefined ? {} : { beside }),
  };
}
