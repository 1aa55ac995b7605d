import type { Decision } from '../domain/decision.ts';
import {
  factData,
  type StoredFact,
  type TransactionSubmitted,
  transactionSubmitted,
} from '../domain/facts.ts';
import { type AccountState, BrokenOrder, type ScoringPlan } from '../domain/risk-fold.ts';
import { traceparentOf } from '../domain/trace-context.ts';

/** A transaction that was folded in, and what was decided of it. */
export interface Scored {
  submitted: TransactionSubmitted;
  decision: Decision;
  /** Of the request that it came with; null where it came without. */
  traceparent: string | null;
}

/** The submission in a fact of an account's stream, or undefined if the fact is none. @throws UnknownSchemaVersion */
export function submissionOf(fact: StoredFact): TransactionSubmitted | undefined {
  if (fact.type === 'TransactionSubmitted') return transactionSubmitted(fact);
  // Read for its check alone: a fact of a newer version may change what is decided later, and must not be passed by.
  factData(fact);
  return undefined;
}

/**
 * Folds the next fact of an account's stream into its state.
 * @param submitted what submissionOf(fact) says
 * @returns the decision, or undefined if the fact is no transaction
 * @throws BrokenOrder if it is not the next one
 */
export function applyFact(
  plan: ScoringPlan,
  state: AccountState,
  accountId: string,
  fact: StoredFact,
  submitted: TransactionSubmitted | undefined,
): Scored | undefined {
  const { revision, position } = fact;
  if (revision !== state.revision + 1) throw new BrokenOrder(accountId, state.revision + 1, revision);
  if (submitted === undefined) {
    plan.skip(state, accountId, revision);
    return undefined;
  }
  const decision = plan.apply(state, submitted, revision, position);
  return { submitted, decision, traceparent: traceparentOf(fact.metadata) ?? null };
}
