/** What is exported: every decision, and the suspicions among them. */
export const EXPORT_TOPICS = ['risk-scores', 'fraud-suspected'] as const;
export type ExportTopic = (typeof EXPORT_TOPICS)[number];

/**
 * Something told to others, outside of the deployment: at least once, to the byte the same each time, and first told
 * after everything earlier of its account on its topic.
 */
export interface ExportRecord {
  topic: ExportTopic;
  /** Derived from account, revision and rule set; of `fraud-suspected` the alert's. */
  id: string;
  accountId: string;
  /** Of the transaction in its account's stream: the order. */
  revision: number;
  /** JSON, without personal fields. */
  value: string;
  /** Of the request that the transaction came with. */
  traceparent: string | null;
}

/** The log will never take these records as they are: too large, or against a rule of its own. Nothing was appended. */
export class RecordsRefused extends Error {
  constructor(problem: string, cause?: unknown) {
    super(problem, { cause });
    this.name = 'RecordsRefused';
  }
}

/** A record that could not be delivered, or that waits behind one of its account that could not. */
export interface DeadLetter extends ExportRecord {
  partition: number;
  /** Why. */
  problem: string;
}

export type LetterKey = Pick<DeadLetter, 'topic' | 'accountId' | 'revision'>;

/** Which dead letters; every part narrows them. */
export interface LetterFilter {
  topic?: ExportTopic | undefined;
  accountId?: string | undefined;
}
