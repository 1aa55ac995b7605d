import { randomUUID } from 'node:crypto';
import type { Decision } from '../../domain/decision.ts';
import { admit } from '../../domain/door/admit.ts';
import { CARD_NUMBER_FIELDS } from '../../domain/door/card-number-problems.ts';
import type { FieldProblem } from '../../domain/door/field-problems.ts';
import { accountStream, type StoredFact, transactionSubmitted } from '../../domain/facts.ts';
import type { Submission } from '../../domain/ports.ts';
import { decideSubmission } from '../../domain/submission.ts';
import type { ExplainedDecision, StoredTransaction, SubmitAnswer, SubmitOptions } from '../services.ts';

/** What the fake takes for "now". */
export const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

/** A log in memory that keeps the promises of the real one, and decides by amount alone. */
export class FakeLog {
  readonly facts: StoredFact[] = [];
  readonly #revisions = new Map<string, number>();
  readonly #byKey = new Map<string, StoredFact>();
  readonly #wakes = new Set<() => void>();

  get head(): number {
    return this.facts.length;
  }

  onAppend(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }

  get listeners(): number {
    return this.#wakes.size;
  }

  append(stream: string, type: string, data: unknown, key: string | null = null): StoredFact {
    const revision = (this.#revisions.get(stream) ?? -1) + 1;
    this.#revisions.set(stream, revision);
    const fact: StoredFact = {
      eventId: randomUUID(),
      type,
      schemaVersion: 1,
      key,
      data: JSON.stringify(data),
      personal: null,
      metadata: null,
      stream,
      revision,
      position: this.head + 1,
    };
    this.facts.push(fact);
    if (key !== null) this.#byKey.set(`${stream} ${key}`, fact);
    for (const wake of this.#wakes) wake();
    return fact;
  }

  /** Resolves when the head is at `position`; false where it is not within `ms`. */
  async reaches(position: number, ms: number): Promise<boolean> {
    const endMs = performance.now() + ms;
    while (this.head < position) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return false;
      await new Promise<void>((resolve) => {
        const stop = this.onAppend(done);
        const timer = setTimeout(done, leftMs);
        function done(): void {
          clearTimeout(timer);
          stop();
          resolve();
        }
      });
    }
    return true;
  }

  transactions(): StoredFact[] {
    return this.facts.filter((fact) => fact.type === 'TransactionSubmitted');
  }

  submit(value: unknown, options: SubmitOptions): SubmitAnswer {
    const admitted = fakeDoor(value, options);
    if ('problems' in admitted) return { kind: 'refused', problems: admitted.problems };
    const { submission } = admitted;
    const { accountId, transactionId } = submission;
    const stream = accountStream(accountId);
    const known = this.#byKey.get(`${stream} ${transactionId}`);
    const outcome = decideSubmission(submission, known);
    if (outcome.kind === 'refused') return { kind: 'refused', problems: [outcome] };
    const fact =
      outcome.kind === 'append'
        ? this.append(stream, 'TransactionSubmitted', JSON.parse(submission.draft.data), transactionId)
        : known!;
    const stored = { accountId, transactionId, revision: fact.revision, position: fact.position };
    if (outcome.kind === 'conflict') return { kind: 'conflict', stored, fields: outcome.fields };
    return { kind: outcome.kind === 'append' ? 'accepted' : 'known', stored };
  }
}

export function fakeDoor(
  value: unknown,
  options: SubmitOptions,
): { submission: Submission } | { problems: FieldProblem[] } {
  return admit(value, {
    receivedAtMs: NOW_MS,
    rates: { base: 'EUR', version: 1, rates: {} },
    latenessMs: 7 * 86_400_000,
    futureMs: 300_000,
    origin: options.origin,
    eventId: randomUUID(),
    cardNumberFields: new Set(CARD_NUMBER_FIELDS),
  });
}

/** From 1,000.00 on it is declined. */
export function fakeDecision(fact: StoredFact): Decision {
  const submitted = transactionSubmitted(fact);
  const { transaction } = submitted;
  const isLarge = transaction.amountMinor >= 100_000;
  return {
    accountId: transaction.accountId,
    transactionId: transaction.transactionId,
    revision: fact.revision,
    position: fact.position,
    occurredAtMs: Date.parse(transaction.occurredAt),
    score: isLarge ? 90 : 0,
    decision: isLarge ? 'decline' : 'approve',
    reasons: isLarge ? ['LARGE_AMOUNT'] : [],
    hits: isLarge ? [{ rule: 'large', points: 90, reason: 'LARGE_AMOUNT' }] : [],
    features: [transaction.amountMinor],
    undefinedRules: [],
    ruleSet: { name: 'fake', version: 1 },
    lateByMs: 0,
    origin: submitted.origin,
  };
}

export function explained({ features, ...decision }: Decision): ExplainedDecision {
  return { ...decision, features: { amount: features[0] ?? null } };
}

export function storedOf(fact: StoredFact): StoredTransaction {
  const { transaction } = transactionSubmitted(fact);
  const { accountId, transactionId } = transaction;
  return { accountId, transactionId, revision: fact.revision, position: fact.position };
}
