import { isLearntField } from '../amendment.ts';
import { conditionsOf, valuesOf } from './conditions-of.ts';
import { type FeatureDefinition, keptBy, type RuleSet } from './rule-set.ts';
import { symbolsOf } from './symbols-of.ts';

/** What the features kept by one key cost: by account, or by the field of another entity. */
export interface RuleSetCost {
  /** `account`, or a field such as `merchantId`. */
  per: string;
  /** Bytes held of each event in the longest window. */
  bytesPerEvent: number;
  /** Bytes held of an account, of a merchant, …, whatever its events: cursors and running values of its windows. */
  bytesPerKey: number;
  /** The longest delay + window, ms; 0 where all features are of the whole life of an account. */
  longestReachMs: number;
  /** How long an event is held: the longest reach and the lateness allowed, ms. */
  retentionMs: number;
  /** Fields of which every value met is held (up to 400 days): grows with their variety. */
  valuesKept: string[];
}

/** Time, and which where conditions hold. */
const ROW_BYTES = 16;
/** A number, or the number of a text in the key's dictionary. */
const COLUMN_BYTES = 8;
const KEY_BYTES = 200;
/** Tail cursor and running aggregate. */
const FEATURE_BYTES = 48;

/**
 * What a rule set costs to keep: of each account, then of each other entity that it has features of.
 * @param latenessMs how late an event may be that live traffic brings
 */
export function ruleSetCost(ruleSet: RuleSet, latenessMs = 7 * 86_400_000): RuleSetCost[] {
  const ofEvents = ruleSet.features.filter((feature) => keptBy(feature) !== 'list');
  const byKey = Map.groupBy(ofEvents, ({ per }) => per);
  const keys = ['account', ...[...byKey.keys()].filter((per) => per !== 'account')];
  return keys.map((per) => costOf(per, byKey.get(per) ?? [], latenessMs));
}

function costOf(per: string, features: readonly FeatureDefinition[], latenessMs: number): RuleSetCost {
  const longestReachMs = Math.max(0, ...features.map(reachMs));
  return {
    per,
    bytesPerEvent: ROW_BYTES + COLUMN_BYTES * eventColumns(features),
    bytesPerKey: KEY_BYTES + FEATURE_BYTES * features.length,
    longestReachMs,
    retentionMs: longestReachMs + latenessMs,
    valuesKept: [...new Set(features.filter(keepsValues).flatMap(valuesOf))],
  };
}

/** How many fields of past events are read again; for what is learnt later, also by what an event is found. */
function eventColumns(features: readonly FeatureDefinition[]): number {
  const aggregated = features.flatMap((feature) =>
    feature.aggregate === 'speed' ? ['latitude', 'longitude'] : valuesOf(feature),
  );
  const inWheres = features.flatMap(conditionsOf).flatMap(({ tree }) => symbolsOf(tree));
  const learnt = [...inWheres, ...aggregated].filter(isLearntField);
  return new Set([...aggregated, ...learnt]).size + (learnt.length > 0 ? 1 : 0) + sequenceColumns(features);
}

/** How far each sequence has come, and which values are met first. */
function sequenceColumns(features: readonly FeatureDefinition[]): number {
  const steps = features.map((feature) => feature.steps ?? []);
  const metFirst = steps.flat().flatMap(({ firstSeen }) => firstSeen ?? []);
  return steps.reduce((columns, { length }) => columns + Math.max(0, length - 1), new Set(metFirst).size);
}

/** How far back from the scored transaction a feature reads single events, ms; lifetime values are kept apart. */
function reachMs({ windowMs, delayMs }: FeatureDefinition): number {
  return windowMs === null ? delayMs : delayMs + windowMs;
}

function keepsValues({ aggregate, windowMs }: FeatureDefinition): boolean {
  return (
    aggregate === 'firstSeen' || aggregate === 'sequence' || (aggregate === 'distinct' && windowMs === null)
  );
}
