import type { Decision } from './decision.ts';
import type { FeatureValue, RuleSetVersion, TransactionSubmitted } from './facts.ts';
import { occurredAtMs } from './occurred-at.ts';
import type { RuleSet } from './rules/rule-set.ts';
import type { Scope } from './rules/scope.ts';
import { assertKnownSemantics } from './rules/semantics.ts';
import { decodeAccount, encodeAccount } from './scoring/account-snapshot.ts';
import { AccountState, BrokenOrder } from './scoring/account-state.ts';
import { columnsHash } from './scoring/columns-hash.ts';
import { type RowReader, rowReader } from './scoring/row-reader.ts';
import { type Outcome, ruleScorer } from './scoring/rule-scorer.ts';
import { fieldType, scopeLayout } from './scoring/scope-layout.ts';
import {
  type AccountWindows,
  DROPPED_AT,
  FORGOTTEN_AT,
  MOVED_TO_AT,
  NEWEST_AT,
  type Row,
} from './windows/account-windows.ts';
import { type FeaturePlan, planFeatures } from './windows/feature-plan.ts';
import type { Reading } from './windows/reading.ts';
import { VALUE_HORIZON_MS } from './windows/window-plan.ts';

export { AccountState, BrokenOrder };

/** How much later than the account's newest a transaction may occur and still find its windows in memory. */
export const DEFAULT_LATENESS_MS = 7 * 86_400_000;

/**
 * What one version of a rule set does to an account: folds each transaction in, in the order of revisions, and
 * says what the rules make of it. A pure function of the account's stream; the state is only its memory.
 */
export class ScoringPlan {
  readonly ruleSet: RuleSetVersion;
  readonly definition: RuleSet;
  /** Of what the account's columns hold; states and snapshots of equal hashes are interchangeable. */
  readonly hash: string;
  private readonly features: FeaturePlan;
  private readonly latenessMs: number;
  private readonly scope: Scope;
  private readonly readRow: RowReader;
  private readonly before: FeatureReading[];
  private readonly after: FeatureReading[];
  /** What `features` of a decision begin as: to fill a copy spares V8 changing its kind of array on the way. */
  private readonly noValues: FeatureValue[];
  private readonly score: (scope: Scope) => Outcome;

  constructor(ruleSet: RuleSet, version: RuleSetVersion, latenessMs: number) {
    assertKnownSemantics(ruleSet.semantics);
    this.ruleSet = version;
    this.definition = ruleSet;
    this.latenessMs = latenessMs;
    this.features = planFeatures(ruleSet.features, (field) => fieldType(ruleSet, field));
    this.hash = columnsHash(ruleSet);
    const { layout, fields, open } = scopeLayout(ruleSet);
    this.scope = open();
    this.readRow = rowReader(this.features, fields, layout);
    const readings = this.features.features.map(({ definition, reading, readBefore }, place) => {
      return { ...reading, readBefore, place, slot: layout.get(definition.name)!.index };
    });
    this.before = readings.filter(({ readBefore }) => readBefore);
    this.after = readings.filter(({ readBefore }) => !readBefore);
    this.noValues = readings.map(() => null);
    this.score = ruleScorer(ruleSet, layout);
  }

  /** An account without events. */
  open(): AccountState {
    return new AccountState(this.features.storage, false);
  }

  /** As open(), for an account that keeps every event. */
  openFull(): AccountState {
    return new AccountState(this.features.storage, true);
  }

  /**
   * Folds the account's next transaction in and scores it.
   * @throws BrokenOrder if it is not the next revision; total otherwise
   */
  apply(state: AccountState, submitted: TransactionSubmitted, revision: number, position: number): Decision {
    const { transaction } = submitted;
    if (revision !== state.revision + 1) {
      throw new BrokenOrder(transaction.accountId, state.revision + 1, revision);
    }
    const row = this.readRow(submitted, this.scope);
    const { timeMs } = row;
    const lateByMs = Math.max(0, state.newestMs - timeMs);
    const features = this.foldRow(state, row);
    state.revision = revision;
    if (lateByMs === 0) this.advance(state, timeMs);
    else if (timeMs <= state.droppedUpToMs) this.dropBehind(state);
    const { score, decision, reasons, hits, undefinedRules } = this.score(this.scope);
    return {
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
  }

  /** Folds in a fact of the account's stream that is no transaction: only the revision moves. */
  skip(state: AccountState, accountId: string, revision: number): void {
    if (revision !== state.revision + 1) throw new BrokenOrder(accountId, state.revision + 1, revision);
    state.revision = revision;
  }

  /** Whether the transaction's windows reach back to events the state no longer holds. */
  reachesBack(state: AccountState, submitted: TransactionSubmitted): boolean {
    const { droppedUpToMs, forgottenUpToMs } = state;
    if (droppedUpToMs === -Infinity) return false;
    const oldestMs = occurredAtMs(submitted.transaction.occurredAt) - this.features.reachMs;
    return oldestMs < droppedUpToMs || oldestMs - VALUE_HORIZON_MS < forgottenUpToMs;
  }

  encode(state: AccountState): Uint8Array {
    return encodeAccount(this.features, this.hash, state);
  }

  /** @returns undefined where the bytes are damaged or of another plan */
  decode(bytes: Uint8Array): AccountState | undefined {
    return decodeAccount(this.features, this.hash, bytes);
  }

  /** Windows to the transaction's time; what leaves it out is read; it enters; the rest is read. */
  private foldRow(windows: AccountWindows, row: Row): FeatureValue[] {
    const { edges } = this.features;
    const values = this.noValues.slice();
    for (let i = 0; i < edges.length; i++) edges[i]!.moveTo(windows, row.timeMs);
    windows.words[MOVED_TO_AT] = row.timeMs;
    this.read(windows, row, this.before, values);
    windows.insert(windows.placeOf(row.timeMs), row);
    for (let i = 0; i < edges.length; i++) if (edges[i]!.delayMs === 0) edges[i]!.admit(windows);
    this.read(windows, row, this.after, values);
    return values;
  }

  private read(
    windows: AccountWindows,
    row: Row,
    readings: readonly FeatureReading[],
    values: FeatureValue[],
  ): void {
    const { scope } = this;
    for (let i = 0; i < readings.length; i++) {
      const { text, recorded, place, slot } = readings[i]!;
      if (text !== null) {
        const value = text(windows);
        scope.strings[slot] = value;
        values[place] = value ?? null;
        continue;
      }
      const number = readings[i]!.number(windows, row);
      scope.numbers[slot] = number;
      if (recorded !== null) values[place] = recorded(windows, number);
      else values[place] = Number.isNaN(number) ? null : number;
    }
  }

  /** Time has moved on: what no window and no transaction within the lateness can reach leaves the history. */
  private advance(state: AccountState, timeMs: number): void {
    const { words } = state;
    words[NEWEST_AT] = timeMs;
    if (state.full) return;
    const keepAfterMs = timeMs - this.features.reachMs - this.latenessMs;
    while (state.first < state.end && state.time(state.first) <= keepAfterMs) {
      words[DROPPED_AT] = Math.max(words[DROPPED_AT]!, state.time(state.first));
      for (const edge of this.features.edges) edge.dropOldest(state);
      state.dropOldest();
    }
    if (this.features.storage.archives > 0) this.forget(state, keepAfterMs - VALUE_HORIZON_MS);
  }

  /**
   * A transaction older than what has left the history leaves it at once: else it would be held as if it came
   * after that. Its own decision is not exact (see reachesBack); those after it are.
   */
  private dropBehind(state: AccountState): void {
    const { newestMs } = state;
    for (const edge of this.features.edges) edge.moveTo(state, newestMs);
    state.words[MOVED_TO_AT] = newestMs;
    this.advance(state, newestMs);
  }

  private forget(state: AccountState, untilMs: number): void {
    for (const archive of state.archives) {
      state.words[FORGOTTEN_AT] = Math.max(state.forgottenUpToMs, archive.forget(untilMs));
    }
  }
}

interface FeatureReading extends Reading {
  /** Among the rule set's features. */
  place: number;
  /** In the scope. */
  slot: number;
}

/** @throws UnknownSemantics */
export function scoringPlan(
  ruleSet: RuleSet,
  version: RuleSetVersion,
  { latenessMs = DEFAULT_LATENESS_MS }: { latenessMs?: number } = {},
): ScoringPlan {
  return new ScoringPlan(ruleSet, version, latenessMs);
}
