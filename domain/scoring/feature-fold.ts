import type { Amendment } from '../amendment.ts';
import type { FeatureValue, TransactionSubmitted } from '../facts.ts';
import { occurredAtMs } from '../occurred-at.ts';
import type { FeatureDefinition, RuleSet } from '../rules/rule-set.ts';
import type { Scope } from '../rules/scope.ts';
import {
  type AccountWindows,
  DROPPED_AT,
  FORGOTTEN_AT,
  MOVED_TO_AT,
  NEWEST_AT,
  type Row,
} from '../windows/account-windows.ts';
import { type FeaturePlan, planFeatures } from '../windows/feature-plan.ts';
import type { Reading } from '../windows/reading.ts';
import { VALUE_HORIZON_MS } from '../windows/window-plan.ts';
import { decodeAccount, encodeAccount } from './account-snapshot.ts';
import { AccountState } from './account-state.ts';
import { columnsHash } from './columns-hash.ts';
import { RowReader } from './row-reader.ts';
import { fieldType, type ScopeLayout } from './scope-layout.ts';

/** A feature, and where its value stands among the values of a decision. */
export interface PlacedFeature {
  definition: FeatureDefinition;
  place: number;
}

/**
 * Features that are kept by one key, folded over the events of one of its values at a time: of an account, or of a
 * merchant. A pure function of the events in their order; the state is only its memory.
 */
export class FeatureFold {
  /** Of what the columns hold; states and snapshots of equal hashes are interchangeable. */
  readonly hash: string;
  private readonly plan: FeaturePlan;
  private readonly latenessMs: number;
  private readonly scope: Scope;
  private readonly rows: RowReader;
  private readonly before: FeatureReading[];
  private readonly after: FeatureReading[];

  /** @param scope where the fields of an event and the values of the features are left, for who goes on with them */
  constructor(
    ruleSet: RuleSet,
    features: readonly PlacedFeature[],
    scoped: ScopeLayout,
    scope: Scope,
    latenessMs: number,
  ) {
    const definitions = features.map(({ definition }) => definition);
    this.latenessMs = latenessMs;
    this.scope = scope;
    const { layout, zones } = scoped;
    this.plan = planFeatures(definitions, (field) => fieldType(ruleSet, field), zones);
    this.hash = columnsHash(ruleSet, definitions);
    this.rows = new RowReader(this.plan, scoped, scope);
    const readings = this.plan.features.map(({ definition, reading, readBefore }, i) => {
      const slot = layout.get(definition.name)!.index;
      return { ...reading, readBefore, place: features[i]!.place, slot };
    });
    this.before = readings.filter(({ readBefore }) => readBefore);
    this.after = readings.filter(({ readBefore }) => !readBefore);
  }

  /** Without events. @param full keeps every event, for those that reach further back than is usually kept */
  open(full: boolean): AccountState {
    return new AccountState(this.plan.storage, full);
  }

  /** The event as fold() takes it. @param ordinal by which it is found again where something is learnt of it */
  read(submitted: TransactionSubmitted, ordinal: number): Row {
    return this.rows.read(submitted, ordinal);
  }

  /** Windows to the event's time; what leaves it out is read; it enters; the rest is read, each to its place. */
  fold(state: AccountState, row: Row, values: FeatureValue[]): void {
    const { edges } = this.plan;
    const { timeMs } = row;
    const isNewest = timeMs >= state.newestMs;
    for (let i = 0; i < edges.length; i++) edges[i]!.moveTo(state, timeMs);
    state.words[MOVED_TO_AT] = timeMs;
    this.readInto(state, row, this.before, values);
    state.insert(state.placeOf(timeMs), row);
    for (let i = 0; i < edges.length; i++) if (edges[i]!.delayMs === 0) edges[i]!.admit(state);
    this.readInto(state, row, this.after, values);
    if (isNewest) this.advance(state, timeMs);
    else if (timeMs <= state.droppedUpToMs) this.dropBehind(state);
  }

  /**
   * Something was learnt of an earlier event. One that no window can reach any more is left as it was.
   * @param ordinal what the event was read with
   */
  amend(state: AccountState, amendment: Amendment, ordinal: number): void {
    const { learnt, edges } = this.plan;
    if (learnt === null || !learnt.fields.has(amendment.field)) return;
    const timeMs = occurredAtMs(amendment.submitted.transaction.occurredAt);
    const place = state.find(timeMs, learnt.ordinalAt, ordinal);
    if (place < 0) return;
    const row = this.rows.readAmended(state, place, amendment, ordinal);
    if (!learnt.inPlace) this.moveBefore(state, timeMs);
    else for (const edge of edges) edge.takeOut(state, place, learnt.whereBits);
    state.replace(place, row);
    if (learnt.inPlace) for (const edge of edges) edge.putBack(state, place, learnt.whereBits);
  }

  /** Whether the event's windows reach back to events the state no longer holds. */
  reachesBack(state: AccountState, submitted: TransactionSubmitted): boolean {
    const { droppedUpToMs, forgottenUpToMs } = state;
    if (droppedUpToMs === -Infinity) return false;
    const oldestMs = occurredAtMs(submitted.transaction.occurredAt) - this.plan.reachMs;
    return oldestMs < droppedUpToMs || oldestMs - VALUE_HORIZON_MS < forgottenUpToMs;
  }

  encode(state: AccountState): Uint8Array {
    return encodeAccount(this.plan, this.hash, state);
  }

  /** @returns undefined where the bytes are damaged or of another plan */
  decode(bytes: Uint8Array): AccountState | undefined {
    return decodeAccount(this.plan, this.hash, bytes);
  }

  private readInto(
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

  /** Every window to just before that time, so that no row of it is a member of any. */
  private moveBefore(state: AccountState, timeMs: number): void {
    if (state.words[MOVED_TO_AT]! < timeMs) return;
    for (const edge of this.plan.edges) edge.moveTo(state, timeMs - 1);
    state.words[MOVED_TO_AT] = timeMs - 1;
  }

  /** Time has moved on: what no window and no event within the lateness can reach leaves the history. */
  private advance(state: AccountState, timeMs: number): void {
    const { words } = state;
    words[NEWEST_AT] = timeMs;
    if (state.full) return;
    const keepAfterMs = timeMs - this.plan.reachMs - this.latenessMs;
    while (state.first < state.end && state.time(state.first) <= keepAfterMs) {
      words[DROPPED_AT] = Math.max(words[DROPPED_AT]!, state.time(state.first));
      for (const edge of this.plan.edges) edge.dropOldest(state);
      state.dropOldest();
    }
    if (this.plan.storage.archives > 0) this.forget(state, keepAfterMs - VALUE_HORIZON_MS);
  }

  /**
   * An event older than what has left the history leaves it at once: else it would be held as if it came
   * after that. Its own values are not exact (see reachesBack); those after it are.
   */
  private dropBehind(state: AccountState): void {
    const { newestMs } = state;
    for (const edge of this.plan.edges) edge.moveTo(state, newestMs);
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
  /** Among the values. */
  place: number;
  /** In the scope. */
  slot: number;
}
