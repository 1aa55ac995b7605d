import type { FeatureDefinition, RuleSet } from './rule-set.ts';

/** What a rule set costs to keep, per account. */
export interface RuleSetCost {
  /** Bytes held of each event in the longest window. */
  bytesPerEvent: number;
  /** Bytes held of an account whatever its events: cursors and running values of its windows. */
  bytesPerAccount: number;
  /** The longest delay + window, ms; 0 where all features are of the whole life of an account. */
  longestReachMs: number;
  /** How long an event is held: the longest reach and the lateness allowed, ms. */
  retentionMs: number;
  /** Fields of which every value an account has met is held (up to 400 days): grows with the account's variety. */
  valuesKept: string[];
}

/** Time, and which where conditions hold. */
const ROW_BYTES = 16;
/** A number, or the number of a text in the account's dictionary. */
const COLUMN_BYTES = 8;
const ACCOUNT_BYTES = 200;
/** Tail cursor and running aggregate. */
const FEATURE_BYTES = 48;

/** @param latenessMs how late an event may be that live traffic brings */
export function ruleSetCost(ruleSet: RuleSet, latenessMs = 7 * 86_400_000): RuleSetCost {
  const { features } = ruleSet;
  const longestReachMs = Math.max(0, ...features.map(reachMs));
  return {
    bytesPerEvent: ROW_BYTES + COLUMN_BYTES * eventColumns(features).length,
    bytesPerAccount: ACCOUNT_BYTES + FEATURE_BYTES * features.length,
    longestReachMs,
    retentionMs: longestReachMs + latenessMs,
    valuesKept: [...new Set(features.filter(keepsValues).map(({ of }) => of!))],
  };
}

/** The fields of past events that the features read again, in the order of their first use. */
export function eventColumns(features: readonly FeatureDefinition[]): string[] {
  return [...new Set(features.flatMap(({ of }) => (of === null ? [] : [of])))];
}

/** How far back from the scored transaction a feature reads single events, ms; lifetime values are kept apart. */
function reachMs({ windowMs, delayMs }: FeatureDefinition): number {
  return windowMs === null ? delayMs : delayMs + windowMs;
}

function keepsValues({ aggregate, windowMs }: FeatureDefinition): boolean {
  return aggregate === 'firstSeen' || (aggregate === 'distinct' && windowMs === null);
}
