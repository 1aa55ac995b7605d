import type { ExplainedDecision } from '../../../api/services.ts';
import type { Decision } from '../../../domain/decision.ts';
import type { RuleSet } from '../../../domain/rules/rule-set.ts';

/** The rule set a decision was made by, for the names of its features. */
export type DefinitionOf = (version: Decision['ruleSet']) => Promise<RuleSet | undefined>;

/** The decision with its feature values by name. */
export async function explained(decision: Decision, definitionOf: DefinitionOf): Promise<ExplainedDecision> {
  const names = (await definitionOf(decision.ruleSet))?.features.map(({ name }) => name) ?? [];
  const features = Object.fromEntries(names.map((name, i) => [name, decision.features[i] ?? null]));
  return { ...decision, features };
}
