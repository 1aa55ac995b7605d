import type { Amendment } from './amendment.ts';
import type { Beside, Decision } from './decision.ts';
import type { FeatureValue, RuleSetVersion, TransactionSubmitted } from './facts.ts';
import { keptBy, type RuleSet } from './rules/rule-set.ts';
import type { Scope } from './rules/scope.ts';
import { assertKnownSemantics } from './rules/semantics.ts';
import { AccountState, BrokenOrder } from './scoring/account-state.ts';
import { besideOf } from './scoring/beside.ts';
import { EntityPlan } from './scoring/entity-plan.ts';
import { FeatureFold } from './scoring/feature-fold.ts';
import { ListPlan } from './scoring/list-plan.ts';
import { type Outcome, ruleScorer } from './scoring/rule-scorer.ts';
import { scopeLayout } from './scoring/scope-layout.ts';
import { NO_STAMPS, type StampReader, stampReader } from './scoring/stamps.ts';

export { AccountState, BrokenOrder };

/** How much later than the account's newest a transaction may occur and still find its windows in memory. */
export const DEFAULT_LATENESS_MS = 7 * 86_400_000;

/**
 * What one version of a rule set does to an account: folds each transaction in, in the order of revisions, and
 * says what the rules make of it. A pure function of the account's stream and of what the transactions are stamped
 * with; the state is only its memory.
 */
export class ScoringPlan {
  readonly ruleSet: RuleSetVersion;
  readonly definition: RuleSet;
  /** Of what the account's columns hold; states and snapshots of equal hashes are interchangeable. */
  readonly hash: string;
  /** The features that are kept by merchant, device, …: what transactions must be stamped with. */
  readonly entities: EntityPlan;
  /** Those that are looked up in lists: stamped, too. */
  readonly lists: ListPlan;
  private readonly fold: FeatureFold;
  private readonly scope: Scope;
  private readonly takeStamps: StampReader;
  /** What `features` of a decision begin as: to fill a copy spares V8 changing its kind of array on the way. */
  private readonly noValues: FeatureValue[];
  private readonly score: (scope: Scope) => Outcome;
  private readonly beside: ((scope: Scope) => Beside) | undefined;

  constructor(ruleSet: RuleSet, version: RuleSetVersion, latenessMs: number) {
    assertKnownSemantics(ruleSet.semantics);
    this.ruleSet = version;
    this.definition = ruleSet;
    const { features, rules, score, scores = [] } = ruleSet;
    const expressions = [
      ...rules.map(({ when }) => when),
      ...(score === null ? [] : [score]),
      ...scores.map(({ value }) => value),
    ];
    const scoped = scopeLayout(ruleSet, { features, expressions });
    this.scope = scoped.open();
    const placed = features.map((definition, place) => ({ definition, place }));
    const ofAccount = placed.filter(({ definition }) => keptBy(definition) === 'account');
    this.fold = new FeatureFold(ruleSet, ofAccount, scoped, this.scope, latenessMs);
    this.hash = this.fold.hash;
    this.entities = new EntityPlan(ruleSet, latenessMs);
    this.lists = new ListPlan(ruleSet);
    this.takeStamps = stampReader(placed, scoped.layout);
    this.noValues = features.map(() => null);
    this.score = ruleScorer(ruleSet, scoped.layout);
    this.beside = besideOf(ruleSet, scoped.layout);
  }

  /** Whether transactions must be stamped at all. */
  get isStamped(): boolean {
    return !this.entities.isEmpty || !this.lists.isEmpty;
  }

  /** An account without events. */
  open(): AccountState {
    return this.fold.open(false);
  }

  /** As open(), for an account that keeps every event. */
  openFull(): AccountState {
    return this.fold.open(true);
  }

  /**
   * Folds the account's next transaction in and scores it.
   * @param stamps the values of the features that are not kept by account, as `entities` and then `lists` give them
   * @throws BrokenOrder if it is not the next revision; total otherwise
   */
  apply(
    state: AccountState,
    submitted: TransactionSubmitted,
    revision: number,
    position: number,
    stamps: readonly FeatureValue[] = NO_STAMPS,
  ): Decision {
    const { transaction } = submitted;
    if (revision !== state.revision + 1) {
      throw new BrokenOrder(transaction.accountId, state.revision + 1, revision);
    }
    const row = this.fold.read(submitted, revision);
    const { timeMs } = row;
    const lateByMs = Math.max(0, state.newestMs - timeMs);
    const features = this.noValues.slice();
    this.takeStamps(stamps, this.scope, features);
    this.fold.fold(state, row, features);
    state.revision = revision;
    const { score, decision, reasons, hits, undefinedRules } = this.score(this.scope);
    const decided: Decision = {
      accountId: transaction.accountId,
      transactionId: transaction.transactionId,
      revision,
      position,
      occurredAtMs: timeMs,
      score,
      decision,
      reasons,
      hits,
      features,
      undefinedRules,
      ruleSet: this.ruleSet,
      lateByMs,
      origin: submitted.origin,
    };
    if (this.beside !== undefined) decided.beside = this.beside(this.scope);
    return decided;
  }

  /** Folds in a transaction that was decided before: the state is as after apply(). @throws BrokenOrder */
  absorb(state: AccountState, submitted: TransactionSubmitted, revision: number): void {
    this.skip(state, submitted.transaction.accountId, revision);
    this.fold.fold(state, this.fold.read(submitted, revision), this.noValues.slice());
  }

  /** Folds in what was learnt of an earlier transaction of the account. @throws BrokenOrder */
  amend(state: AccountState, accountId: string, revision: number, amendment: Amendment): void {
    this.skip(state, accountId, revision);
    this.fold.amend(state, amendment, amendment.about);
  }

  /** Folds in a fact of the account's stream that changes no window: only the revision moves. */
  skip(state: AccountState, accountId: string, revision: number): void {
    if (revision !== state.revision + 1) throw new BrokenOrder(accountId, state.revision + 1, revision);
    state.revision = revision;
  }

  /** Whether the transaction's windows reach back to events the state no longer holds. */
  reachesBack(state: AccountState, submitted: TransactionSubmitted): boolean {
    return this.fold.reachesBack(state, submitted);
  }

  encode(state: AccountState): Uint8Array {
    return this.fold.encode(state);
  }

  /** @returns undefined where the bytes are damaged or of another plan */
  decode(bytes: Uint8Array): AccountState | undefined {
    return this.fold.decode(bytes);
  }
}

/** @throws UnknownSemantics */
export function scoringPlan(
  ruleSet: RuleSet,
  version: RuleSetVersion,
  { latenessMs = DEFAULT_LATENESS_MS }: { latenessMs?: number } = {},
): ScoringPlan {
  return new ScoringPlan(ruleSet, version, latenessMs);
}
