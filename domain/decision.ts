import type { FeatureValue, Origin, RuleHit, RuleSetVersion } from './facts.ts';

/** From least to most severe. */
export type Verdict = 'approve' | 'review' | 'decline';

/** What the rule set reckons beside what decides: it changes nothing, and is recorded. */
export interface Beside {
  /** Ids of the shadow rules that were met, in document order. */
  shadowHits: string[];
  /** By name; null where missing. */
  scores: Record<string, number | null>;
}

/**
 * What was decided of one transaction: a pure function of the account's stream up to its revision and the
 * rule set in force at its position.
 */
export interface Decision {
  accountId: string;
  transactionId: string;
  revision: number;
  position: number;
  /** Milliseconds since the epoch. */
  occurredAtMs: number;
  /** 0..100; null where the rule set's score was missing (then the decision is review, reason SCORE_UNDEFINED). */
  score: number | null;
  decision: Verdict;
  /** Reason codes of the hits, in document order, without repeats. */
  reasons: string[];
  hits: RuleHit[];
  /** One value a feature, in the order of the rule set's features. */
  features: FeatureValue[];
  /** Rules whose condition or points were missing (a field absent, a division by zero): not met, counted. */
  undefinedRules: string[];
  ruleSet: RuleSetVersion;
  /** How far behind the account's newest event it occurred, 0 when in order. */
  lateByMs: number;
  origin: Origin;
  /** Present where the rule set has shadow rules or named scores. */
  beside?: Beside;
}
