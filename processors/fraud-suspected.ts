import { hash } from 'node:crypto';
import { groupingOf } from '../domain/alert-grouping.ts';
import type { Decision } from '../domain/decision.ts';
import {
  FACT_SCHEMA_VERSIONS,
  type FactDraft,
  type FeatureValue,
  type FraudSuspected,
  type TransactionSubmitted,
} from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import { PERSONAL_FIELDS } from '../domain/transaction.ts';

/** What names an alert: the same transaction judged by the same rules is the same alert, however often. */
export type AlertSubject = Pick<Decision, 'accountId' | 'revision' | 'ruleSet'>;

/** 32 hexadecimal digits. Names the decision itself too, where one that raised no alert is told to others. */
export function alertId(subject: AlertSubject): string {
  return digest(subject).slice(0, 32);
}

/** Whether a decision raises an alert: imported history does not. */
export function isSuspicious({ decision, origin }: Decision): boolean {
  return origin === 'live' && decision !== 'approve';
}

/**
 * The fact that opens a suspicious decision's alert: to the byte the same each time it is drafted, event id
 * included, so that repeating its append changes nothing.
 */
export function fraudSuspected(
  decision: Decision,
  submitted: TransactionSubmitted,
  definition: RuleSet,
  traceparent: string | null = null,
): FactDraft {
  return {
    eventId: eventId(decision),
    type: 'FraudSuspected',
    schemaVersion: FACT_SCHEMA_VERSIONS.FraudSuspected,
    key: null,
    data: JSON.stringify(suspicion(decision, submitted, definition)),
    personal: personalFeatures(decision, definition),
    metadata: traceparent === null ? null : JSON.stringify({ traceparent }),
  };
}

/** What is suspected, without features of personal fields. */
export function suspicion(
  decision: Decision,
  { transaction, amountBaseMinor }: TransactionSubmitted,
  definition: RuleSet,
): FraudSuspected {
  const grouping = groupingOf(definition, decision);
  return {
    alertId: alertId(decision),
    accountId: decision.accountId,
    transactionId: decision.transactionId,
    revision: decision.revision,
    position: decision.position,
    occurredAt: transaction.occurredAt,
    amountMinor: transaction.amountMinor,
    currency: transaction.currency,
    amountBaseMinor,
    score: decision.score,
    decision: decision.decision === 'decline' ? 'decline' : 'review',
    reasons: decision.reasons,
    hits: decision.hits,
    features: featuresByName(decision, definition, (personal) => !personal),
    ruleSet: decision.ruleSet,
    lateByMs: decision.lateByMs,
    ...(grouping === undefined ? {} : { grouping }),
  };
}

/** What was aggregated of a personal field is personal itself: it is kept where it can be erased. */
function personalFeatures(decision: Decision, definition: RuleSet): string | null {
  const features = featuresByName(decision, definition, (personal) => personal);
  return Object.keys(features).length === 0 ? null : JSON.stringify({ features });
}

function featuresByName(
  { features }: Decision,
  definition: RuleSet,
  wanted: (personal: boolean) => boolean,
): Record<string, FeatureValue> {
  const entries = definition.features.flatMap(({ name, of }, i) =>
    wanted(PERSONAL_FIELDS.includes(of ?? '')) ? [[name, features[i] ?? null] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** A JSON array has one reading only: no two subjects are written alike. */
function digest({ accountId, revision, ruleSet }: AlertSubject): string {
  const subject = JSON.stringify([accountId, revision, ruleSet.name, ruleSet.version]);
  return hash('sha256', subject);
}

/** A UUID (version 8, RFC 9562) of the half of the digest that the alert id does not show. */
function eventId(subject: AlertSubject): string {
  const hex = digest(subject).slice(32);
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ].join('-');
}
