import { type Amendment, amendmentOf } from '../domain/amendment.ts';
import type { Decision } from '../domain/decision.ts';
import {
  type FeatureValue,
  factData,
  type StoredFact,
  type TransactionSubmitted,
  transactionSubmitted,
} from '../domain/facts.ts';
import type { AccountState, ScoringPlan } from '../domain/risk-fold.ts';
import { traceparentOf } from '../domain/trace-context.ts';

/** A transaction that was folded in, and what was decided of it. */
export interface Scored {
  submitted: TransactionSubmitted;
  decision: Decision;
  /** Of the request that it came with; null where it came without. */
  traceparent: string | null;
}

/** What a fact is to windows. */
export type FactContent =
  | { kind: 'transaction'; submitted: TransactionSubmitted }
  | { kind: 'amendment'; amendment: Amendment }
  /** It changes none. */
  | { kind: 'nothing' };

export const NOTHING: FactContent = { kind: 'nothing' };

/** What a fact of an account's stream says. @throws UnknownSchemaVersion */
export function contentOf(fact: StoredFact): FactContent {
  if (fact.type === 'TransactionSubmitted') {
    return { kind: 'transaction', submitted: transactionSubmitted(fact) };
  }
  const amendment = amendmentOf(fact);
  if (amendment !== undefined) return { kind: 'amendment', amendment };
  // Read for its check alone: a fact of a newer version may change what is decided later, and must not be passed by.
  factData(fact);
  return NOTHING;
}

/**
 * Folds the next fact of an account's stream into its state.
 * @param content what contentOf(fact) says, or NOTHING where the fact does not count
 * @param stamps of a transaction; see ScoringPlan
 * @returns the decision, or undefined if the fact is no transaction
 * @throws BrokenOrder if it is not the next one
 */
export function applyFact(
  plan: ScoringPlan,
  state: AccountState,
  accountId: string,
  fact: StoredFact,
  content: FactContent,
  stamps: readonly FeatureValue[],
): Scored | undefined {
  if (content.kind !== 'transaction') {
    absorbFact(plan, state, accountId, fact, content);
    return undefined;
  }
  const { submitted } = content;
  const decision = plan.apply(state, submitted, fact.revision, fact.position, stamps);
  return { submitted, decision, traceparent: traceparentOf(fact.metadata) ?? null };
}

/** As applyFact, of a fact that was decided before: nothing is decided again. @throws BrokenOrder */
export function absorbFact(
  plan: ScoringPlan,
  state: AccountState,
  accountId: string,
  { revision }: Pick<StoredFact, 'revision'>,
  content: FactContent,
): void {
  if (content.kind === 'transaction') plan.absorb(state, content.submitted, revision);
  else if (content.kind === 'amendment') plan.amend(state, accountId, revision, content.amendment);
  else plan.skip(state, accountId, revision);
}
