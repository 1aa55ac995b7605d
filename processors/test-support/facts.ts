import { createHash } from 'node:crypto';
import {
  FACT_SCHEMA_VERSIONS,
  type FactDraft,
  type FactExcluded,
  type FactReadmitted,
  type FactType,
  type ListChanged,
  type ListDefined,
  type ListEntry,
  type Origin,
  type RuleSetActivated,
  type RuleSetPublished,
  type StoredFact,
  type TransactionLabelled,
  transactionSubmitted,
} from '../../domain/facts.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import type { Transaction } from '../../domain/transaction.ts';

let drafted = 0;

export function draft(type: FactType, data: object, key: string | null = null): FactDraft {
  const eventId = createHash('sha256').update(`${drafted++}`).digest('hex').slice(0, 32);
  return {
    eventId,
    type,
    schemaVersion: FACT_SCHEMA_VERSIONS[type],
    key,
    data: JSON.stringify(data),
    personal: null,
    metadata: null,
  };
}

export function submitted(
  fields: Partial<Transaction> & Pick<Transaction, 'accountId' | 'transactionId'>,
  origin: Origin = 'live',
): FactDraft {
  const transaction = { amountMinor: 100, currency: 'EUR', occurredAt: '2026-03-01T00:00:00Z', ...fields };
  const added = { amountBaseMinor: transaction.amountMinor, ratesVersion: null, receivedAtMs: 0, origin };
  return draft('TransactionSubmitted', { transaction, ...added }, fields.transactionId);
}

const by = { by: 'analyst', at: '2026-03-01T00:00:00Z' };

export function excluded(revision: number, unread = false): FactDraft {
  const data: FactExcluded = { revision, unread, reason: 'test', ...by };
  return draft('FactExcluded', data);
}

export function readmitted(revision: number): FactDraft {
  const data: FactReadmitted = { revision, reason: 'test', ...by };
  return draft('FactReadmitted', data);
}

export function labelled(about: StoredFact, label: 'fraud' | 'genuine'): FactDraft {
  const { revision, position } = about;
  const data: TransactionLabelled = {
    about: revision,
    position,
    submitted: transactionSubmitted(about),
    label,
    source: 'test',
    knownAt: '2026-03-01T00:00:00Z',
    by: 'test',
    at: '2026-03-01T00:00:00Z',
  };
  return draft('TransactionLabelled', data);
}

/** As a newer version would write it, whose facts this one cannot read. */
export const newer = (fact: FactDraft): FactDraft => ({ ...fact, schemaVersion: fact.schemaVersion + 1 });

export function published(ruleSet: RuleSet, version: number): FactDraft {
  const data: RuleSetPublished = { name: ruleSet.name, version, source: '', hash: '', ruleSet, ...by };
  return draft('RuleSetPublished', data);
}

export function activated(name: string, version: number): FactDraft {
  const data: RuleSetActivated = { name, version, ...by };
  return draft('RuleSetActivated', data);
}

export function listDefined(name: string, of: string): FactDraft {
  const data: ListDefined = { name, of, description: null, ...by };
  return draft('ListDefined', data);
}

export function listChangedBy(
  name: string,
  added: readonly ListEntry[],
  removed: readonly string[],
): FactDraft {
  const data: ListChanged = { name, added: [...added], removed: [...removed], ...by };
  return draft('ListChanged', data);
}

/** For plans that do not read it: `description` says what the columns hold. */
export function ruleSetOf(name: string, description: string): RuleSet {
  return {
    name,
    description,
    semantics: 1,
    fields: {},
    features: [],
    rules: [],
    score: null,
    thresholds: { review: 50, decline: 75 },
    examples: [],
  };
}
