import type { Snapshot } from '../domain/ports.ts';
import type { AccountState, ScoringPlan } from '../domain/risk-fold.ts';
import type { LoadedAccount } from './account-load.ts';

/** What an account costs in memory beyond its events, in events. */
const ACCOUNT_WEIGHT_EVENTS = 32;
/** A state that keeps every event is let go after so many transactions that did not need it. */
const FULL_STATE_PATIENCE = 128;
/** Fewest revisions between two snapshots of an account. */
const SNAPSHOT_REVISIONS_MIN = 128;

/** An account in memory. Its state is a plan's; the cache says which. */
export interface CachedAccount extends LoadedAccount {
  id: string;
  /** The same account with every event kept, while transactions that reach far back need it. */
  full: AccountState | null;
  /** Transactions since `full` was last needed. */
  fullUnused: number;
  /** As last counted into the cache's total. */
  weight: number;
  /** Whether it was used since eviction last came past. */
  used: boolean;
}

/**
 * Accounts in memory, all folded by plans of one hash, bounded by the events they hold. Those not used for longest
 * (second chance) leave; they come back by being loaded.
 */
export class AccountCache {
  readonly #accounts = new Map<string, CachedAccount>();
  readonly #due = new Set<CachedAccount>();
  /** May be changed; it holds from the next eviction on. */
  budgetEvents: number;
  #planHash: string | null = null;
  #weight = 0;

  constructor(budgetEvents: number) {
    this.budgetEvents = budgetEvents;
  }

  get size(): number {
    return this.#accounts.size;
  }

  /** Events held, and what the accounts themselves cost, in events. */
  get weight(): number {
    return this.#weight;
  }

  /** States of plans with another hash are dropped. */
  use(plan: ScoringPlan): void {
    if (plan.hash === this.#planHash) return;
    this.clear();
    this.#planHash = plan.hash;
  }

  clear(): void {
    this.#accounts.clear();
    this.#due.clear();
    this.#weight = 0;
    this.#planHash = null;
  }

  get(accountId: string): CachedAccount | undefined {
    const account = this.#accounts.get(accountId);
    if (account !== undefined) account.used = true;
    return account;
  }

  /** The account's state, if it is in memory and of this plan; not counted as use. */
  peek(plan: ScoringPlan, accountId: string): AccountState | undefined {
    return plan.hash === this.#planHash ? this.#accounts.get(accountId)?.state : undefined;
  }

  add(id: string, { state, eventId, snapshotRevision }: LoadedAccount): CachedAccount {
    const account = {
      id,
      state,
      eventId,
      snapshotRevision,
      full: null,
      fullUnused: 0,
      weight: 0,
      used: true,
    };
    this.#accounts.set(id, account);
    this.#weigh(account);
    return account;
  }

  /** The account was loaded anew: to be followed by changed(). */
  replace(account: CachedAccount, { state, eventId, snapshotRevision }: LoadedAccount): void {
    Object.assign(account, { state, eventId, snapshotRevision, full: null, fullUnused: 0 });
  }

  /** To be called after each fact: counts what the account holds now, and notes whether its snapshot is due. */
  changed(account: CachedAccount, reachedBack: boolean): void {
    if (account.full !== null) {
      account.fullUnused = reachedBack ? 0 : account.fullUnused + 1;
      if (account.fullUnused >= FULL_STATE_PATIENCE) account.full = null;
    }
    this.#weigh(account);
    const { revision, eventsHeld } = account.state;
    // Spaced in proportion to what a snapshot costs to write: amortised O(1) an event.
    if (revision - account.snapshotRevision >= Math.max(SNAPSHOT_REVISIONS_MIN, eventsHeld)) {
      this.#due.add(account);
    }
  }

  /** Snapshots of the accounts that are due, as they stand now. */
  takeSnapshots(plan: ScoringPlan): Snapshot[] {
    const snapshots: Snapshot[] = [];
    for (const account of this.#due) {
      const { id: accountId, state, eventId } = account;
      if (eventId === null) continue;
      const bytes = plan.encode(state);
      snapshots.push({ accountId, revision: state.revision, eventId, planHash: plan.hash, bytes });
      account.snapshotRevision = state.revision;
    }
    this.#due.clear();
    return snapshots;
  }

  /** Lets accounts go until the budget holds. */
  evict(): void {
    for (const [accountId, account] of this.#accounts) {
      if (this.#weight <= this.budgetEvents) return;
      this.#accounts.delete(accountId);
      if (account.used) {
        account.used = false;
        this.#accounts.set(accountId, account);
      } else {
        this.#weight -= account.weight;
      }
    }
  }

  #weigh(account: CachedAccount): void {
    const weight = ACCOUNT_WEIGHT_EVENTS + account.state.eventsHeld + (account.full?.eventsHeld ?? 0);
    this.#weight += weight - account.weight;
    account.weight = weight;
  }
}
