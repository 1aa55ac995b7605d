import type { Decision } from '../domain/decision.ts';
import type { FeatureValue, TransactionSubmitted } from '../domain/facts.ts';
import type { EventStore } from '../domain/ports.ts';
import type { AccountState, ScoringPlan } from '../domain/risk-fold.ts';
import { loadAccount, loadFullAccount } from './account-load.ts';
import type { BatchFold, SnapshotReader } from './batch-fold.ts';
import type { Exclusions } from './exclusions.ts';
import { catchUp, type RuleSetTimeline } from './rule-set-timeline.ts';
import type { ScoringPlans } from './scoring-plans.ts';

export interface HypotheticalOptions {
  store: EventStore;
  snapshots: SnapshotReader;
  timeline: RuleSetTimeline;
  plans: ScoringPlans;
  /** What the transaction would be stamped with. */
  stampNext(plan: ScoringPlan, head: number): Promise<readonly FeatureValue[]>;
  exclusions: Exclusions;
  fold: BatchFold;
}

/**
 * What would be decided of a transaction if it were the account's next, by the rule set now in force. Nothing is
 * stored, and no state is touched: what is in memory is copied, what is not is loaded for this once.
 * The decision's revision and position are those it would get.
 */
export async function scoreHypothetically(
  submitted: TransactionSubmitted,
  { store, snapshots, timeline, plans, stampNext, exclusions, fold }: HypotheticalOptions,
): Promise<Decision> {
  const { accountId } = submitted.transaction;
  const head = await store.head();
  await catchUp(timeline, store, head);
  const plan = await plans.planOf(timeline.inForceNext(), head);
  const inMemory = fold.accounts.peek(plan, accountId);
  let state = inMemory && copy(plan, inMemory);
  if (state === undefined) {
    const [snapshot] = await snapshots.snapshots([accountId], plan.hash);
    state = (await loadAccount({ store, exclusions }, plan, accountId, Infinity, snapshot)).state;
  }
  if (plan.reachesBack(state, submitted)) {
    state = await loadFullAccount({ store, exclusions }, plan, accountId, state.revision);
  }
  const stamps = await stampNext(plan, head);
  return plan.apply(state, submitted, state.revision + 1, head + 1, stamps);
}

function copy(plan: ScoringPlan, state: AccountState): AccountState {
  const copied = plan.decode(plan.encode(state));
  if (copied === undefined) throw new Error('a state that was just encoded could not be decoded');
  return copied;
}
