import { accountOfStream, type RuleSetVersion, type StoredFact } from '../domain/facts.ts';
import type { RiskStore, Snapshot } from '../domain/ports.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import { AccountCache } from './account-cache.ts';
import {
  emptyAccount,
  type LoadedAccount,
  loadAccount,
  loadFullAccount,
  type StreamReader,
} from './account-load.ts';
import { applyFact, type Scored, submissionOf } from './apply-fact.ts';
import { inParallel } from './bounded.ts';
import type { ScoringPlans } from './scoring-plans.ts';

/** A fact of the log with the rule set in force at its position. */
export interface StampedFact {
  fact: StoredFact;
  ruleSet: RuleSetVersion | null;
}

/** Hears of each decision as it is made, in order. */
export type Emit = (scored: Scored, plan: ScoringPlan) => void;

export type SnapshotReader = Pick<RiskStore, 'snapshots'>;

export const DEFAULT_BUDGET_EVENTS = 20_000_000;
const LOADS_AT_ONCE = 16;

export interface BatchFoldOptions {
  store: StreamReader;
  snapshots: SnapshotReader;
  plans: ScoringPlans;
  /** Events kept in memory over all accounts; one batch's accounts may exceed it for as long as the batch takes. */
  budgetEvents?: number;
}

/**
 * The one way from facts to decisions: the live processor, replay and verify all fold by it. Facts come in batches,
 * in the order of their positions; accounts not in memory are loaded, all of a batch at once, and facts are then
 * applied strictly in order. What an account has had already changes nothing.
 */
export class BatchFold {
  /** Facts met again that an account's state had already. */
  repeats = 0;
  /** Position of the last fact applied: after a failure, how far the batch got. */
  position = 0;
  readonly accounts: AccountCache;
  readonly #store: StreamReader;
  readonly #snapshots: SnapshotReader;
  readonly #plans: ScoringPlans;

  constructor({ store, snapshots, plans, budgetEvents = DEFAULT_BUDGET_EVENTS }: BatchFoldOptions) {
    this.accounts = new AccountCache(budgetEvents);
    this.#store = store;
    this.#snapshots = snapshots;
    this.#plans = plans;
  }

  /**
   * Gives each decision to `emit` as soon as it is made.
   * @returns the snapshots that became due, of the accounts as they stand after the batch
   * @throws BrokenOrder, UnknownSchemaVersion, UnknownSemantics: the partition must stop, and drop its accounts
   */
  async fold(facts: readonly StampedFact[], emit: Emit): Promise<Snapshot[]> {
    const snapshots: Snapshot[] = [];
    for (let start = 0; start < facts.length; ) {
      const { fact, ruleSet } = facts[start]!;
      let end = start + 1;
      while (end < facts.length && sameVersion(facts[end]!.ruleSet, ruleSet)) end++;
      const plan = await this.#plans.planOf(ruleSet, fact.position);
      this.accounts.use(plan);
      const stretch = facts.slice(start, end);
      await this.#load(plan, stretch);
      await this.#apply(plan, stretch, emit);
      snapshots.push(...this.accounts.takeSnapshots(plan));
      this.accounts.evict();
      start = end;
    }
    return snapshots;
  }

  /** Forgets every account. */
  drop(): void {
    this.accounts.clear();
  }

  async #load(plan: ScoringPlan, facts: readonly StampedFact[]): Promise<void> {
    const missing = new Map<string, number>();
    for (const { fact } of facts) {
      const accountId = accountOfStream(fact.stream);
      if (accountId === undefined || this.accounts.has(accountId) || missing.has(accountId)) continue;
      if (fact.revision === 0) this.accounts.add(accountId, emptyAccount(plan.open()));
      else missing.set(accountId, fact.revision - 1);
    }
    if (missing.size === 0) return;
    const accountIds = [...missing.keys()];
    const found = await this.#snapshots.snapshots(accountIds, plan.hash);
    const newest = new Map(found.map((snapshot) => [snapshot.accountId, snapshot]));
    const loaded: [string, LoadedAccount][] = [];
    await inParallel(accountIds, LOADS_AT_ONCE, async (id) => {
      loaded.push([id, await loadAccount(this.#store, plan, id, missing.get(id)!, newest.get(id))]);
    });
    // Only now, so that of a batch that failed nothing is remembered.
    for (const [accountId, account] of loaded) this.accounts.add(accountId, account);
  }

  async #apply(plan: ScoringPlan, facts: readonly StampedFact[], emit: Emit): Promise<void> {
    for (const { fact } of facts) {
      const accountId = accountOfStream(fact.stream);
      if (accountId === undefined) continue;
      const account = this.accounts.get(accountId)!;
      if (fact.revision <= account.state.revision) {
        this.repeats++;
        continue;
      }
      const submitted = submissionOf(fact);
      const reachesBack = submitted !== undefined && plan.reachesBack(account.state, submitted);
      if (reachesBack && account.full === null) {
        account.full = await loadFullAccount(this.#store, plan, accountId, fact.revision - 1);
      }
      const exact =
        account.full === null ? undefined : applyFact(plan, account.full, accountId, fact, submitted);
      const usual = applyFact(plan, account.state, accountId, fact, submitted);
      account.eventId = fact.eventId;
      this.position = fact.position;
      this.accounts.changed(accountId, account, reachesBack);
      const scored = exact ?? usual;
      if (scored !== undefined) emit(scored, plan);
    }
  }
}

function sameVersion(a: RuleSetVersion | null, b: RuleSetVersion | null): boolean {
  return a === b || (a !== null && b !== null && a.name === b.name && a.version === b.version);
}
