import type { Decision } from '../../domain/decision.ts';
import { accountOfStream, type RuleSetActivated, transactionSubmitted } from '../../domain/facts.ts';
import type { AccountState } from '../../domain/risk-fold.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { NO_RULE_SET } from '../no-rule-set.ts';
import type { Compile } from '../scoring-plans.ts';
import type { Written } from './history.ts';

/**
 * What must be decided of a history, the plain way: every version's plan folds every account from its first fact
 * on and forgets nothing; the one in force is asked. Positions are left out: they depend on when alerts came.
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
  const folds = everyVersion.map(({ definition, name, version }) => ({
    plan: compile(definition, { name, version }),
    accounts: new Map<string, AccountState>(),
  }));
  let inForce = 0;
  const decisions: Omit<Decision, 'position'>[] = [];
  for (const { stream, fact } of history) {
    if (fact.type === 'RuleSetActivated') inForce++;
    const accountId = accountOfStream(stream);
    if (accountId === undefined) continue;
    folds.forEach(({ plan, accounts }, i) => {
      const state = accounts.get(accountId) ?? plan.openFull();
      accounts.set(accountId, state);
      const revision = state.revision + 1;
      if (fact.type !== 'TransactionSubmitted') {
        plan.skip(state, accountId, revision);
        return;
      }
      const stored = { ...fact, stream, revision, position: 0 };
      const { position: _, ...decision } = plan.apply(state, transactionSubmitted(stored), revision, 0);
      if (i === inForce) decisions.push(decision);
    });
  }
  return decisions;
}
