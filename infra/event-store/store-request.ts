import type { FactDraft } from '../../domain/facts.ts';
import type { Submission, SubmissionOutcome } from '../../domain/ports.ts';

/** What the writer is asked. Many are answered by one transaction. */
export type StoreRequest =
  | { kind: 'submit'; submission: Submission }
  | { kind: 'append'; stream: string; expectedRevision: number; facts: readonly FactDraft[] };

export type StoreAnswer =
  | SubmissionOutcome
  | { kind: 'appended'; revision: number; position: number }
  | { kind: 'elsewhere'; actualRevision: number }
  /** This request alone could not be carried out, and nothing of it was stored. */
  | { kind: 'failed'; problem: string };
