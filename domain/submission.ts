import { type FactDraft, type StoredFact, transactionSubmitted } from './facts.ts';
import { parseOccurredAt } from './occurred-at.ts';
import type { Submission, SubmissionOutcome } from './ports.ts';
import type { Transaction } from './transaction.ts';

/** What to answer a submission, or that its fact is to be appended. */
export type SubmissionDecision = Exclude<SubmissionOutcome, { kind: 'accepted' }> | { kind: 'append' };

/**
 * Decides on a submission, given what the store knows under its (accountId, transactionId).
 *
 * What is known comes before every check that depends on the clock: a retry gets its first answer for ever,
 * also when it would by now be too late to be new.
 * @throws UnknownSchemaVersion if the known fact was written by a newer version
 */
export function decideSubmission(submission: Submission, known: StoredFact | undefined): SubmissionDecision {
  if (known !== undefined) return decideRepeat(submission.draft, known);
  const problem = clockProblem(submission);
  return problem === undefined ? { kind: 'append' } : { kind: 'refused', field: 'occurredAt', problem };
}

function decideRepeat(draft: FactDraft, known: StoredFact): SubmissionDecision {
  const { revision, position } = known;
  const fields = differingFields(submittedTransaction(draft), transactionSubmitted(known).transaction);
  return fields.length === 0
    ? { kind: 'known', revision, position }
    : { kind: 'conflict', revision, position, fields };
}

function clockProblem({ occurredAtMs, notBeforeMs, notAfterMs }: Submission): string | undefined {
  if (notBeforeMs !== null && occurredAtMs < notBeforeMs) {
    return `is ${instant(occurredAtMs)}, but a new transaction must not have occurred before ${instant(notBeforeMs)}`;
  }
  if (occurredAtMs > notAfterMs) {
    return `is ${instant(occurredAtMs)}, but a new transaction must not occur after ${instant(notAfterMs)}`;
  }
  return undefined;
}

const instant = (ms: number): string => new Date(ms).toISOString();

function submittedTransaction(draft: FactDraft): Transaction {
  const { transaction } = JSON.parse(draft.data) as { transaction: Transaction };
  return draft.personal === null ? transaction : Object.assign(transaction, JSON.parse(draft.personal));
}

/**
 * Whether any JSON value, checked or not, has just the content of a known transaction: what a stricter check would
 * refuse today is still a repeat of what was accepted once.
 */
export function isRepeat(value: unknown, known: Transaction): boolean {
  if (!isRecord(value)) return false;
  if (value.attributes !== undefined && !isRecord(value.attributes)) return false;
  return differingFields(value as Transaction, known).length === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names of the fields that differ; those of attributes as `attributes.<name>`. */
export function differingFields(submitted: Transaction, known: Transaction): string[] {
  const { attributes: submittedAttributes = {}, occurredAt: submittedAt, ...submittedFields } = submitted;
  const { attributes: knownAttributes = {}, occurredAt: knownAt, ...knownFields } = known;
  const fields = differingKeys(submittedFields, knownFields);
  if (!isSameInstant(submittedAt, knownAt)) fields.push('occurredAt');
  for (const name of differingKeys(submittedAttributes, knownAttributes)) fields.push(`attributes.${name}`);
  return fields;
}

/** The same instant may be written with another offset or more decimals. */
function isSameInstant(one: string, other: string): boolean {
  if (one === other) return true;
  const ms = parseOccurredAt(one);
  return typeof ms === 'number' && ms === parseOccurredAt(other);
}

function differingKeys(one: Record<string, unknown>, other: Record<string, unknown>): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter((key) => ownValue(one, key) !== ownValue(other, key));
}

/** An attribute may be called `constructor`: what every object inherits is not a value of it. */
function ownValue(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
