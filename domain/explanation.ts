import type { Decision, Verdict } from './decision.ts';
import type { FeatureValue, Label, ListEntry, RuleHit } from './facts.ts';
import type { ListVersion } from './lists/list-state.ts';
import type { Aggregate } from './rules/rule-set.ts';
import type { FieldValue, Transaction } from './transaction.ts';

/** Why a transaction was decided as it was. */
export interface Explanation {
  transaction: ExplainedTransaction;
  /** As it was recorded. */
  recorded: Decision;
  /** Rules that hit, in the order of the document. */
  hits: ExplainedHit[];
  /** Every feature of the rule set with its recorded value. */
  features: ExplainedFeature[];
  /** What recomputing it says otherwise than the record, a sentence each; empty where they agree. */
  differences: string[];
  counterfactual: Counterfactual;
  /** What another rule set would have said of the same transaction at the same place; null unless asked for. */
  whatIf: WhatIf | null;
}

export interface ExplainedTransaction
  extends Pick<Transaction, 'transactionId' | 'accountId' | 'occurredAt' | 'amountMinor' | 'currency'> {
  revision: number;
  position: number;
  amountBaseMinor: number | null;
  /** The door's clock at first arrival, milliseconds since the epoch. */
  receivedAtMs: number;
}

export interface ExplainedHit extends RuleHit {
  /** The condition as it was written. */
  when: string;
}

export interface ExplainedFeature {
  name: string;
  value: FeatureValue;
  aggregate: Aggregate;
  of: string | null;
  /** The field by whose value events are gathered, or `account`. */
  per: string;
  /** Its value in the transaction; null where it has none, and the feature is missing. */
  key: string | null;
  /** The condition as it was written. */
  where: string | null;
  /** Whether the transaction itself is left out. */
  prior: boolean;
  /** The window: later than `afterMs`, not later than `upToMs`, milliseconds since the epoch; null without a bound. */
  afterMs: number | null;
  upToMs: number;
  /** Of these, only the newest, among those that meet a condition; null where the window is not of the last N. */
  last: { most: number; among: string | null } | null;
  /** Of a sequence, in their order, their conditions as written; null for others. */
  steps: { firstSeen: string | null; where: string | null }[] | null;
  /** Of what is looked up in a list; null for features of events. */
  list: ExplainedListing | null;
  /** The rules that hit and read it; `score` for the score expression. */
  readBy: string[];
  /** How many events make the value. */
  count: number;
  /** They, newest first, at most as many as were asked for. */
  events: ExplainedEvent[];
}

/** What a list said of a transaction's value when it was decided. */
export interface ExplainedListing {
  name: string;
  /** Of the list; 0 where it was not defined by then. */
  version: number;
  /** What stood there of the value, expired or not; null where nothing did. */
  entry: (Omit<ListEntry, 'value'> & ListVersion) | null;
}

/** An event of a window, as it was known when the transaction was decided. */
export interface ExplainedEvent {
  transactionId: string;
  accountId: string;
  occurredAt: string;
  amountMinor: number;
  currency: string;
  label: Label | null;
  /** Of the field that the feature aggregates; null where it aggregates none. */
  value: FieldValue | null;
  /** Whether it is the transaction explained. */
  isScored: boolean;
}

/** Earlier events without any one of which it would have been decided otherwise. */
export interface Counterfactual {
  /** Earlier events in the windows that the rules that hit, and the score, read. */
  candidates: number;
  /** Of these, how many were taken away, one at a time, the newest first; fewer than all where a bound was reached. */
  tried: number;
  changes: CounterfactualChange[];
}

export interface CounterfactualChange {
  event: Omit<ExplainedEvent, 'value' | 'isScored'>;
  decision: Verdict;
  score: number | null;
  reasons: string[];
}

export interface WhatIf extends Pick<Decision, 'score' | 'decision' | 'reasons' | 'undefinedRules'> {
  /** Of the rule set. */
  name: string;
  hits: ExplainedHit[];
  features: ExplainedFeature[];
}
