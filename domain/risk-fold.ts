import { createHash } from 'node:crypto';
import type { Decision } from './decision.ts';
import type { FeatureValue, RuleSetVersion, TransactionSubmitted } from './facts.ts';
import { occurredAtMs } from './occurred-at.ts';
import { lowerNumber } from './rules/expression-lower.ts';
import type { RuleSet } from './rules/rule-set.ts';
import type { Scope } from './rules/scope.ts';
import { assertKnownSemantics } from './rules/semantics.ts';
import { decodeAccount, encodeAccount } from './scoring/account-snapshot.ts';
import { AccountState, BrokenOrder } from './scoring/account-state.ts';
import { type EventReader, eventReader, rowFiller } from './scoring/event-reader.ts';
import { type Outcome, ruleScorer } from './scoring/rule-scorer.ts';
import { fieldType, scopeLayout } from './scoring/scope-layout.ts';
import { AccountWindows } from './windows/account-windows.ts';
import type { TextReading } from './windows/aggregate.ts';
import {
  type FeaturePlan,
  type PlannedFeature,
  planFeatures,
  VALUE_HORIZON_MS,
} from './windows/feature-plan.ts';
import type { Row } from './windows/history.ts';

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
  private readonly row: Row;
  private readonly readEvent: EventReader;
  private readonly fillRow: (scope: Scope, row: Row) => void;
  private readonly wheres: ((scope: Scope) => number)[];
  private readonly before: FeatureReading[];
  private readonly after: FeatureReading[];
  private readonly score: (scope: Scope) => Outcome;

  constructor(ruleSet: RuleSet, version: RuleSetVersion, latenessMs: number) {
    assertKnownSemantics(ruleSet.semantics);
    this.ruleSet = version;
    this.definition = ruleSet;
    this.latenessMs = latenessMs;
    this.features = planFeatures(ruleSet.features, (field) => fieldType(ruleSet, field));
    this.hash = columnsHash(ruleSet);
    const { layout, fields, open } = scopeLayout(ruleSet);
    const { shape } = this.features.storage;
    this.scope = open();
    this.row = {
      timeMs: 0,
      revision: 0,
      whereBits: 0,
      numbers: new Float64Array(shape.numbers.length),
      labels: new Array(shape.labels.length),
    };
    this.readEvent = eventReader(fields, layout);
    this.fillRow = rowFiller(shape, layout);
    this.wheres = this.features.wheres.map((where) => lowerNumber(where!.tree, layout));
    const readings = this.features.features.map((feature, place): FeatureReading => {
      return { feature, place, slot: layout.get(feature.definition.name)!.index };
    });
    this.before = readings.filter(({ feature }) => feature.readBefore);
    this.after = readings.filter(({ feature }) => !feature.readBefore);
    this.score = ruleScorer(ruleSet, layout);
  }

  /** An account without events. */
  open(): AccountState {
    return new AccountState(new AccountWindows(this.features.storage), false);
  }

  /** As open(), for an account that keeps every event. */
  openFull(): AccountState {
    return new AccountState(new AccountWindows(this.features.storage), true);
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
    const timeMs = this.readRow(submitted, revision);
    const lateByMs = Math.max(0, state.windows.newestMs - timeMs);
    const features = this.foldRow(state.windows);
    state.revision = revision;
    if (lateByMs === 0) this.advance(state, timeMs);
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
    const { droppedUpToMs, forgottenUpToMs } = state.windows;
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

  private readRow(submitted: TransactionSubmitted, revision: number): number {
    const { row, scope } = this;
    this.readEvent(submitted, scope);
    row.timeMs = occurredAtMs(submitted.transaction.occurredAt);
    row.revision = revision;
    row.whereBits = 0;
    for (let i = 0; i < this.wheres.length; i++) if (this.wheres[i]!(scope) === 1) row.whereBits |= 1 << i;
    this.fillRow(scope, row);
    return row.timeMs;
  }

  /** Windows to the transaction's time; what leaves it out is read; it enters; the rest is read. */
  private foldRow(windows: AccountWindows): FeatureValue[] {
    const { row } = this;
    const values = new Array<FeatureValue>(this.features.features.length);
    for (const window of this.features.windows) window.moveTo(windows, row.timeMs);
    this.read(windows, this.before, values);
    windows.history.insert(windows.history.placeOf(row.timeMs), row);
    for (const window of this.features.windows) if (window.delayMs === 0) window.admit(windows);
    this.read(windows, this.after, values);
    return values;
  }

  private read(windows: AccountWindows, readings: readonly FeatureReading[], values: FeatureValue[]): void {
    for (const { feature, place, slot } of readings) {
      const number = feature.reading.number(windows, this.row);
      if (feature.definition.type === 'string') {
        this.scope.strings[slot] = (feature.reading as TextReading).string(windows);
      } else {
        this.scope.numbers[slot] = number;
      }
      values[place] = feature.reading.recorded(windows, number);
    }
  }

  /** Time has moved on: what no window and no transaction within the lateness can reach leaves the history. */
  private advance(state: AccountState, timeMs: number): void {
    const { windows } = state;
    windows.newestMs = timeMs;
    if (state.full) return;
    const keepAfterMs = timeMs - this.features.reachMs - this.latenessMs;
    const { history } = windows;
    while (history.first < history.end && history.time(history.first) <= keepAfterMs) {
      windows.droppedUpToMs = Math.max(windows.droppedUpToMs, history.time(history.first));
      for (const window of this.features.windows) window.dropOldest(windows);
      history.dropOldest();
    }
    for (const archive of windows.archives) {
      windows.forgottenUpToMs = Math.max(windows.forgottenUpToMs, archive.forget(keepAfterMs - VALUE_HORIZON_MS));
    }
  }
}

interface FeatureReading {
  feature: PlannedFeature;
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

/** Names and rules do not change what the columns hold; the order of the features and the types of attributes do. */
function columnsHash(ruleSet: RuleSet): string {
  const held = ruleSet.features.map(({ name: _name, where, ...definition }) => [
    definition,
    where?.source ?? null,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([ruleSet.semantics, ruleSet.fields, held]))
    .digest('hex')
    .slice(0, 16);
}
