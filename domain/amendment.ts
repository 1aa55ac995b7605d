import {
  factData,
  type StoredFact,
  type TransactionLabelled,
  type TransactionOutcomeRecorded,
  type TransactionReversed,
  type TransactionSubmitted,
} from './facts.ts';
import type { FieldType } from './transaction.ts';

/**
 * The fields of a transaction that may be learnt after it was submitted. Only the `where` of a feature sees them as
 * they were learnt: as of the position of whoever looks. `outcome` may come with the transaction, too.
 */
export const LEARNT_FIELDS = {
  label: 'string',
  outcome: 'string',
  reversed: 'boolean',
} as const satisfies Record<string, FieldType>;

export type LearntField = keyof typeof LEARNT_FIELDS;

export const isLearntField = (field: string): field is LearntField => Object.hasOwn(LEARNT_FIELDS, field);

/** Sets one field of an earlier transaction of the account, for all that is decided after it. */
export interface Amendment {
  /** Revision of the transaction. */
  about: number;
  /** Of the transaction in the store. */
  position: number;
  /** The transaction as it was submitted, its personal fields put back. */
  submitted: TransactionSubmitted;
  field: LearntField;
  value: string | boolean;
}

/** What the fact says of an earlier transaction, if it is such a fact. @throws UnknownSchemaVersion */
export function amendmentOf(fact: StoredFact): Amendment | undefined {
  switch (fact.type) {
    case 'TransactionLabelled': {
      const { about, position, submitted, label } = learnt<TransactionLabelled>(fact);
      return { about, position, submitted, field: 'label', value: label };
    }
    case 'TransactionOutcomeRecorded': {
      const { about, position, submitted, outcome } = learnt<TransactionOutcomeRecorded>(fact);
      return { about, position, submitted, field: 'outcome', value: outcome };
    }
    case 'TransactionReversed': {
      const { about, position, submitted } = learnt<TransactionReversed>(fact);
      return { about, position, submitted, field: 'reversed', value: true };
    }
    default:
      return undefined;
  }
}

function learnt<T extends { submitted: TransactionSubmitted }>(fact: StoredFact): T {
  const data = factData<T>(fact);
  if (fact.personal !== null) Object.assign(data.submitted.transaction, JSON.parse(fact.personal));
  return data;
}
