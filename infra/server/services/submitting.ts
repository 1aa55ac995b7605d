import { randomUUID } from 'node:crypto';
import type { StoredTransaction, SubmitAnswer, SubmitOptions, Submitting } from '../../../api/services.ts';
import { admit, DEFAULT_FUTURE_MS, type DoorContext } from '../../../domain/door/admit.ts';
import type { FieldProblem } from '../../../domain/door/field-problems.ts';
import { type TransactionSubmitted, transactionSubmitted } from '../../../domain/facts.ts';
import type { Submission, SubmissionOutcome, Submissions } from '../../../domain/ports.ts';
import type { RateTable } from '../../../domain/rates.ts';
import { isRepeat } from '../../../domain/submission.ts';
import type { Transaction } from '../../../domain/transaction.ts';
import type { DecisionQueries } from '../../read-model/queries/decision-queries.ts';
import type { Deciding } from '../behind.ts';
import { type DefinitionOf, explained } from './explained.ts';

export interface SubmittingOptions {
  store: Submissions;
  deciding: Deciding;
  decisions: DecisionQueries;
  definitionOf: DefinitionOf;
  /** The table now in force. */
  rates(): RateTable;
  latenessMs: number;
  cardNumberFields: ReadonlySet<string>;
  /** Told of each new transaction whose amount could not be converted. */
  onWithoutRate(): void;
}

export function submitting(options: SubmittingOptions): Submitting {
  const { store, deciding, decisions } = options;

  async function submit(value: unknown, submitOptions: SubmitOptions): Promise<SubmitAnswer> {
    const admitted = admit(value, doorContext(options, submitOptions));
    if ('problems' in admitted)
      return (await repeatOf(value)) ?? { kind: 'refused', problems: admitted.problems };
    const outcome = await store.submit(admitted.submission);
    if (admitted.isWithoutRate && outcome.kind === 'accepted') options.onWithoutRate();
    return answer(admitted.submission, outcome);
  }

  /** What was accepted once is answered for ever, also where a stricter check would refuse it today. */
  async function repeatOf(value: unknown): Promise<SubmitAnswer | undefined> {
    const { accountId, transactionId } = (value ?? {}) as Partial<Transaction>;
    if (typeof accountId !== 'string' || typeof transactionId !== 'string') return undefined;
    const known = await store.find(accountId, transactionId);
    if (known === undefined) return undefined;
    if (!isRepeat(value, transactionSubmitted(known).transaction)) return undefined;
    const { revision, position } = known;
    return { kind: 'known', stored: { transactionId, accountId, revision, position } };
  }

  return {
    submit,
    submitAll: (values, submitOptions) => Promise.all(values.map((value) => submit(value, submitOptions))),
    async decisionOf(stored, waitMs) {
      const made = waitMs > 0 ? await deciding.decisionAt(stored, waitMs) : undefined;
      return made ?? decisions.at(stored.accountId, stored.position);
    },
    async score(value) {
      const admitted = admit(value, doorContext(options, { origin: 'import' }));
      if ('problems' in admitted) return { kind: 'refused', problems: admitted.problems };
      const decision = await deciding.score(hypothetical(admitted.submission));
      return { kind: 'scored', decision: await explained(decision, options.definitionOf) };
    },
  };
}

function doorContext(options: SubmittingOptions, { origin, traceparent }: SubmitOptions): DoorContext {
  return {
    receivedAtMs: Date.now(),
    rates: options.rates(),
    latenessMs: options.latenessMs,
    futureMs: DEFAULT_FUTURE_MS,
    origin,
    eventId: randomUUID(),
    cardNumberFields: options.cardNumberFields,
    traceparent,
  };
}

function answer({ transactionId, accountId }: Submission, outcome: SubmissionOutcome): SubmitAnswer {
  if (outcome.kind === 'refused') {
    const problem: FieldProblem = { field: outcome.field, problem: outcome.problem };
    return { kind: 'refused', problems: [problem] };
  }
  const { revision, position } = outcome;
  const stored: StoredTransaction = { transactionId, accountId, revision, position };
  if (outcome.kind === 'conflict') return { kind: 'conflict', stored, fields: outcome.fields };
  return { kind: outcome.kind, stored };
}

function hypothetical({ draft }: Submission): TransactionSubmitted {
  return transactionSubmitted({ ...draft, stream: '', revision: 0, position: 0 });
}
