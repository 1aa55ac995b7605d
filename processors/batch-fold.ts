import { exclusionOf } from '../domain/exclusions.ts';
import {
  accountOfStream,
  type FeatureValue,
  isReadable,
  type RuleSetVersion,
  type StoredFact,
} from '../domain/facts.ts';
import type { PassedTransaction, RiskStore, Snapshot } from '../domain/ports.ts';
import type { ScoringPlan } from '../domain/risk-fold.ts';
import { AccountCache, type CachedAccount } from './account-cache.ts';
import {
  type AccountSource,
  emptyAccount,
  isExcludedLater,
  type LoadedAccount,
  loadAccount,
  loadFullAccount,
  type StreamReader,
} from './account-load.ts';
import { applyFact, contentOf, NOTHING, type Scored } from './apply-fact.ts';
import { inParallel } from './bounded.ts';
import type { Exclusions } from './exclusions.ts';
import { type ScoringPlans, sameVersion } from './scoring-plans.ts';

/** A fact of the log with what it is stamped with. */
export interface StampedFact {
  fact: StoredFact;
  /** In force at its position. */
  ruleSet: RuleSetVersion | null;
  /** Of a transaction: the values of the features that are not kept by account. */
  stamps: readonly FeatureValue[];
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
  /** They know what was passed unread of the facts given. */
  exclusions: Exclusions;
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
  #passed: PassedTransaction[] = [];
  readonly #source: AccountSource;
  readonly #snapshots: SnapshotReader;
  readonly #plans: ScoringPlans;

  constructor({
    store,
    snapshots,
    plans,
    exclusions,
    budgetEvents = DEFAULT_BUDGET_EVENTS,
  }: BatchFoldOptions) {
    this.accounts = new AccountCache(budgetEvents);
    this.#source = { store, exclusions };
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
      const stretch = end - start === facts.length ? facts : facts.slice(start, end);
      await this.#apply(plan, stretch, await this.#load(plan, stretch), emit);
      snapshots.push(...this.accounts.takeSnapshots(plan));
      this.accounts.evict();
      start = end;
    }
    return snapshots;
  }

  /** Transactions passed by unread since this was last asked. */
  takePassed(): PassedTransaction[] {
    const passed = this.#passed;
    if (passed.length > 0) this.#passed = [];
    return passed;
  }

  /** Forgets every account. */
  drop(): void {
    this.accounts.clear();
    this.#passed = [];
  }

  /** The account of each fact, looked up once; undefined for facts of other streams. */
  async #load(plan: ScoringPlan, facts: readonly StampedFact[]): Promise<(CachedAccount | undefined)[]> {
    const accounts: (CachedAccount | undefined)[] = [];
    const missing = new Map<string, Missing>();
    for (let i = 0; i < facts.length; i++) {
      const { stream, revision } = facts[i]!.fact;
      const accountId = accountOfStream(stream);
      let account = accountId === undefined ? undefined : this.accounts.get(accountId);
      if (accountId !== undefined && account === undefined) {
        const places = missing.get(accountId)?.places;
        if (places !== undefined) places.push(i);
        else if (revision === 0) account = this.accounts.add(accountId, emptyAccount(plan.open()));
        else missing.set(accountId, { upTo: revision - 1, places: [i] });
      }
      accounts.push(account);
    }
    if (missing.size > 0) {
      for (const [accountId, loaded] of await this.#loaded(plan, missing)) {
        // Only now, so that of a batch that failed nothing is remembered.
        const account = this.accounts.add(accountId, loaded);
        for (const i of missing.get(accountId)!.places) accounts[i] = account;
      }
    }
    return accounts;
  }

  async #loaded(
    plan: ScoringPlan,
    missing: ReadonlyMap<string, Missing>,
  ): Promise<[string, LoadedAccount][]> {
    const accountIds = [...missing.keys()];
    const found = await this.#snapshots.snapshots(accountIds, plan.hash);
    const newest = new Map(found.map((snapshot) => [snapshot.accountId, snapshot]));
    const loaded: [string, LoadedAccount][] = [];
    await inParallel(accountIds, LOADS_AT_ONCE, async (id) => {
      loaded.push([id, await loadAccount(this.#source, plan, id, missing.get(id)!.upTo, newest.get(id))]);
    });
    return loaded;
  }

  async #apply(
    plan: ScoringPlan,
    facts: readonly StampedFact[],
    accounts: readonly (CachedAccount | undefined)[],
    emit: Emit,
  ): Promise<void> {
    for (let i = 0; i < facts.length; i++) {
      const account = accounts[i];
      if (account === undefined) continue;
      const { fact, stamps } = facts[i]!;
      if (fact.revision <= account.state.revision) {
        this.repeats++;
        continue;
      }
      const isPassed =
        this.#isPassed(account, fact) || (!isReadable(fact) && (await this.#isPassedLater(account, fact)));
      if (isPassed) this.#pass(account, fact);
      const content = isPassed ? NOTHING : contentOf(fact);
      const reachesBack =
        content.kind === 'transaction' && plan.reachesBack(account.state, content.submitted);
      if (reachesBack && account.full === null) {
        account.full = await loadFullAccount(this.#source, plan, account.id, fact.revision - 1);
      }
      const exact =
        account.full === null ? undefined : applyFact(plan, account.full, account.id, fact, content, stamps);
      const usual = applyFact(plan, account.state, account.id, fact, content, stamps);
      account.eventId = fact.eventId;
      this.position = fact.position;
      if (content.kind === 'nothing' && exclusionOf(fact) !== undefined)
        await this.#reload(plan, account, fact);
      this.accounts.changed(account, reachesBack);
      const scored = exact ?? usual;
      if (scored !== undefined) emit(scored, plan);
    }
  }

  #pass({ id: accountId }: CachedAccount, { type, key, revision }: StoredFact): void {
    if (type === 'TransactionSubmitted' && key !== null) {
      this.#passed.push({ accountId, revision, transactionId: key });
    }
  }

  #isPassed({ id }: CachedAccount, { revision }: StoredFact): boolean {
    return this.#source.exclusions.passes(id, revision);
  }

  #isPassedLater({ id }: CachedAccount, fact: StoredFact): Promise<boolean> {
    return isExcludedLater(this.#source, id, fact);
  }

  /** The account becomes what its stream says with, or without, the fact that this one is about. */
  async #reload(plan: ScoringPlan, account: CachedAccount, fact: StoredFact): Promise<void> {
    this.#source.exclusions.learn(fact);
    this.accounts.replace(account, await loadAccount(this.#source, plan, account.id, fact.revision));
  }
}

/** An account that a batch needs and memory lacks. */
interface Missing {
  /** Revision it is loaded up to. */
  upTo: number;
  /** Of its facts in the batch. */
  places: number[];
}
