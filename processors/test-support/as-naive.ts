import { expect } from '@jest/globals';
import type { Decision } from '../../domain/decision.ts';
import type { StoredFact } from '../../domain/facts.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { alertId } from '../fraud-suspected.ts';
import { chainPlan } from './chain-plan.ts';
import type { Written } from './history.ts';
import { naiveDecisions } from './naive-decisions.ts';

type Unplaced = Omit<Decision, 'position'>;

/** Each decision of the plain fold was recorded, once, and each alert raised, once, and nothing else. */
export function expectAsNaive(
  history: readonly Written[],
  ruleSets: readonly RuleSet[],
  decisions: readonly Decision[],
  facts: readonly StoredFact[],
): void {
  const expected = naiveDecisions(history, ruleSets, chainPlan);
  expect(inOrder(decisions.map(({ position: _, ...decision }) => decision))).toEqual(inOrder(expected));
  const suspicious = expected.filter(({ origin, decision }) => origin === 'live' && decision !== 'approve');
  const alerts = facts.filter(({ type }) => type === 'FraudSuspected');
  expect(alerts.map(({ stream }) => stream).toSorted()).toEqual(
    suspicious.map((decision) => `alert-${alertId(decision)}`).toSorted(),
  );
}

function inOrder(decisions: readonly Unplaced[]): Unplaced[] {
  return decisions.toSorted((a, b) =>
    a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : a.revision - b.revision,
  );
}
