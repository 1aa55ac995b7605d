import type { Decision } from '../decision.ts';
import { type AccountState, scoringPlan } from '../risk-fold.ts';
import { exampleMismatches, exampleSubmissions } from '../rules/rule-example.ts';
import type { RuleExample, RuleSet, RuleSetProblem } from '../rules/rule-set.ts';
import { EntityMemory } from './entity-memory.ts';

export interface ExampleRun {
  example: RuleExample;
  /** The decision on its last transaction. */
  decision: Decision;
  /** What the decision lacks of what the example expects; empty where it holds. */
  mismatches: string[];
}

/** Runs the examples kept in a rule set through the production fold. */
export function runExamples(ruleSet: RuleSet): ExampleRun[] {
  const plan = scoringPlan(ruleSet, { name: ruleSet.name, version: 1 });
  return ruleSet.examples.map((example) => {
    const accounts = new Map<string, AccountState>();
    const entities = new EntityMemory(plan.entities, true);
    const decisions = exampleSubmissions(example).map((submitted, i) => {
      const { accountId } = submitted.transaction;
      // Few transactions: every event is kept, so that none reaches behind what is held.
      const state = accounts.get(accountId) ?? plan.openFull();
      accounts.set(accountId, state);
      return plan.apply(state, submitted, state.revision + 1, i + 1, entities.stamp(submitted, i + 1));
    });
    const decision = decisions.at(-1)!;
    return { example, decision, mismatches: exampleMismatches(example, decision) };
  });
}

/** The feature values an example's last transaction saw, one `name = value` each: which windows held what. */
export function windowsOf(ruleSet: RuleSet, decision: Decision): string[] {
  return ruleSet.features.map(({ name }, i) => `${name} = ${decision.features[i] ?? 'missing'}`);
}

/** Failing examples as faults of the rule set. */
export function failedExamples(ruleSet: RuleSet): RuleSetProblem[] {
  return runExamples(ruleSet).flatMap(({ example, decision, mismatches }, i) => {
    if (mismatches.length === 0) return [];
    const problem = `example "${example.name}" fails: ${mismatches.join('; ')}`;
    const suggestion = `its windows held ${windowsOf(ruleSet, decision).join(', ')}`;
    return [{ line: 0, column: 0, path: `tests[${i}]`, problem, suggestion }];
  });
}
