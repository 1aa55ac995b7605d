import { isLearntField, type LearntField } from '../amendment.ts';
import type { TransactionSubmitted } from '../facts.ts';
import { Calendar } from '../local-time/calendar.ts';
import { offsetsOf } from '../local-time/zone-offsets.ts';
import { occurredAtMs } from '../occurred-at.ts';
import { lowerNumber } from '../rules/expression-lower.ts';
import {
  type FeatureDefinition,
  keptBy,
  LOOKS_BACK,
  type RuleSet,
  type SequenceStep,
} from '../rules/rule-set.ts';
import type { Layout, Scope } from '../rules/scope.ts';
import type { FieldValue } from '../transaction.ts';
import { VALUE_HORIZON_MS } from '../windows/window-plan.ts';
import { eventReader } from './event-reader.ts';
import { type FieldReader, fieldReader } from './field-readers.ts';
import { fieldType, scopeLayout } from './scope-layout.ts';

/** A transaction as it is known at some position: as it was submitted, and what was learnt of it up to there. */
export interface KnownTransaction {
  submitted: TransactionSubmitted;
  /** In its account's stream. */
  revision: number;
  /** In the store. */
  position: number;
  occurredAtMs: number;
  learnt: Partial<Record<LearntField, string | boolean>>;
}

/** As it is when it is submitted. */
export function knownTransaction(
  submitted: TransactionSubmitted,
  revision: number,
  position: number,
): KnownTransaction {
  const { occurredAt } = submitted.transaction;
  return { submitted, revision, position, occurredAtMs: occurredAtMs(occurredAt), learnt: {} };
}

/**
 * Which transactions a feature is of, by its definition: nothing is folded, and nothing remembered. For saying why a
 * value is what it is; what is decided comes from the fold.
 */
export class FeatureWindow {
  readonly definition: FeatureDefinition;
  readonly #keyIn: FieldReader;
  readonly #valueIn: FieldReader | null;
  readonly #calendar: Calendar | null;
  readonly #isCounted: (transaction: KnownTransaction) => boolean;
  /** Of a window of the last N, which these are taken among. */
  readonly #isAmong: ((transaction: KnownTransaction) => boolean) | null;

  constructor(ruleSet: RuleSet, definition: FeatureDefinition) {
    const { of, where, calendar, last, steps } = definition;
    this.definition = definition;
    this.#valueIn = of === null ? null : fieldReader(of, fieldType(ruleSet, of));
    this.#keyIn = keyReader(ruleSet, definition);
    this.#calendar =
      calendar === undefined
        ? null
        : new Calendar(calendar.period, offsetsOf(ruleSet.zones ?? {}, calendar.zone));
    this.#isCounted = steps === undefined ? condition(ruleSet, where) : someStep(ruleSet, steps);
    this.#isAmong = last === undefined ? null : condition(ruleSet, last.among);
  }

  /** The account, or the merchant, device, … that a transaction belongs to, or what is looked up, if it has the field. */
  keyOf(submitted: TransactionSubmitted): string | undefined {
    return this.#keyIn(submitted) as string | undefined;
  }

  /** The window of a transaction that occurred at `scoredMs`: later than `afterMs`, not later than `upToMs`. */
  bounds(scoredMs: number): { afterMs: number; upToMs: number } {
    const { aggregate, windowMs, delayMs } = this.definition;
    const remembered = aggregate === 'distinct' || aggregate === 'firstSeen' ? VALUE_HORIZON_MS : Infinity;
    const upToMs = scoredMs - delayMs;
    if (this.#calendar !== null) return { afterMs: this.#calendar.startOf(upToMs) - 1, upToMs };
    return { afterMs: upToMs - (windowMs ?? remembered), upToMs };
  }

  /** Tells of a transaction whether it is of the scored one's entity and in its window of time, whatever else is asked. */
  reachOf(scored: KnownTransaction): (other: KnownTransaction) => boolean {
    const key = this.keyOf(scored.submitted);
    if (key === undefined || this.definition.aggregate === 'listed') return () => false;
    const { afterMs, upToMs } = this.bounds(scored.occurredAtMs);
    return ({ occurredAtMs, submitted }) =>
      occurredAtMs > afterMs && occurredAtMs <= upToMs && this.keyOf(submitted) === key;
  }

  /** The value of the field that the feature aggregates; undefined where there is none. */
  valueOf({ submitted, learnt }: KnownTransaction): FieldValue | undefined {
    const { of } = this.definition;
    const known = of !== null && isLearntField(of) ? learnt[of] : undefined;
    return known ?? this.#valueIn?.(submitted);
  }

  /** Tells of a transaction whether it is one that the last N are taken of; null where the window is not of these. */
  amongOf(scored: KnownTransaction): ((transaction: KnownTransaction) => boolean) | null {
    const isAmong = this.#isAmong;
    if (isAmong === null) return null;
    const reaches = this.reachOf(scored);
    return (each) => !(this.#isEarlierOnly && each === scored) && reaches(each) && isAmong(each);
  }

  get #isEarlierOnly(): boolean {
    const { aggregate, prior } = this.definition;
    return prior || LOOKS_BACK.has(aggregate);
  }

  /**
   * Tells of a transaction whether it makes part of the feature's value: the scored one itself, or one that counts at
   * its position and came before it, as known there. One without the field that is aggregated makes none of it; of
   * `firstSeen` it is an earlier one with the scored one's value; of a sequence, one that may be a step.
   * @param oldest of a window of the last N, the oldest of those
   */
  membershipOf(
    scored: KnownTransaction,
    oldest?: KnownTransaction,
  ): (transaction: KnownTransaction) => boolean {
    const { aggregate, of } = this.definition;
    const own = aggregate === 'firstSeen' ? this.valueOf(scored) : undefined;
    const reaches = this.reachOf(scored);
    return (each) => {
      if ((this.#isEarlierOnly && each === scored) || !reaches(each) || !this.#isCounted(each)) return false;
      if (oldest !== undefined && byTime(each, oldest) < 0) return false;
      if (of === null) return true;
      const value = this.valueOf(each);
      return value !== undefined && (aggregate !== 'firstSeen' || value === own);
    };
  }
}

/** Whether a transaction may be some step: whether its value is met first is not asked. */
function someStep(
  ruleSet: RuleSet,
  steps: readonly SequenceStep[],
): (transaction: KnownTransaction) => boolean {
  const conditions = steps.map(({ where, firstSeen }) => {
    const isMet = condition(ruleSet, where);
    const valueIn = firstSeen === null ? null : fieldReader(firstSeen, fieldType(ruleSet, firstSeen));
    return (each: KnownTransaction) =>
      isMet(each) && (valueIn === null || valueIn(each.submitted) !== undefined);
  });
  return (each) => conditions.some((isMet) => isMet(each));
}

function keyReader(ruleSet: RuleSet, definition: FeatureDefinition): FieldReader {
  switch (keptBy(definition)) {
    case 'account':
      return ({ transaction }) => transaction.accountId;
    case 'entity':
      return fieldReader(definition.per, fieldType(ruleSet, definition.per));
    case 'list':
      return fieldReader(definition.of!, fieldType(ruleSet, definition.of!));
  }
}

/** The order of windows: by the time they occurred at, then by position. */
export const byTime = (one: KnownTransaction, other: KnownTransaction): number =>
  one.occurredAtMs - other.occurredAtMs || one.position - other.position;

function condition(
  ruleSet: RuleSet,
  where: FeatureDefinition['where'],
): (transaction: KnownTransaction) => boolean {
  if (where === null) return () => true;
  const scoped = scopeLayout(ruleSet, { features: [], expressions: [where] });
  const { layout } = scoped;
  const scope = scoped.open();
  const read = eventReader(scoped);
  const isMet = lowerNumber(where.tree, layout);
  return ({ submitted, learnt }) => {
    read(submitted, scope);
    putLearnt(learnt, layout, scope);
    return isMet(scope) === 1;
  };
}

function putLearnt(learnt: KnownTransaction['learnt'], layout: Layout, scope: Scope): void {
  for (const [field, value] of Object.entries(learnt)) {
    const slot = layout.get(field);
    if (slot === undefined) continue;
    if (slot.type === 'string') scope.strings[slot.index] = value as string;
    else scope.numbers[slot.index] = Number(value);
  }
}
