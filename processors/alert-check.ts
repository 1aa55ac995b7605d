import type { Decision } from '../domain/decision.ts';
import { alertOfStream, type FactDraft, type StoredFact, suspicionOf } from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';
import type { Scored } from './apply-fact.ts';
import { fieldDifferences } from './decision-difference.ts';
import { alertId, fraudSuspected, isSuspicious } from './fraud-suspected.ts';

/** Where verification found the store or the records otherwise than recomputed. */
export interface Difference {
  /** Of the transaction in the store. */
  position: number;
  accountId: string;
  transactionId: string;
  /** Sentences. */
  differences: string[];
}

interface Awaited {
  decision: Decision;
  opening: FactDraft;
}

/** Whether a decision of that account, at that position of the store, is one of those looked at. */
export type IsGiven = (decision: Pick<Decision, 'accountId' | 'position'>) => boolean;

/**
 * Holds the alerts of the store against suspicious decisions: each has exactly its own, and none is without one.
 * In memory are those decisions only whose alert has not been met yet; it comes soon after the transaction.
 */
export class AlertCheck {
  /** Alerts met that are as they must be. */
  alerts = 0;
  readonly #awaited = new Map<string, Awaited>();
  readonly #isGiven: IsGiven;

  /** @param isGiven which decisions are given; alerts of others are none of its business */
  constructor(isGiven: IsGiven) {
    this.#isGiven = isGiven;
  }

  decided({ decision, submitted }: Scored, definition: RuleSet): void {
    if (!isSuspicious(decision)) return;
    this.#awaited.set(alertId(decision), {
      decision,
      opening: fraudSuspected(decision, submitted, definition),
    });
  }

  /** A fact of the store; to be given after the decision of its transaction. */
  met(fact: StoredFact): Difference | undefined {
    if (fact.type !== 'FraudSuspected') return undefined;
    const stored = suspicionOf(fact);
    if (!this.#isGiven(stored)) return undefined;
    const id = alertOfStream(fact.stream) ?? '';
    const awaited = this.#awaited.get(id);
    if (awaited === undefined) {
      return differenceOf(stored, [`alert ${id} exists twice, or its transaction is not suspicious`]);
    }
    this.#awaited.delete(id);
    const { eventId, data, personal } = awaited.opening;
    const differences = [
      ...fieldDifferences({ eventId: fact.eventId }, { eventId }, `alert ${id}, `),
      ...(data === fact.data && personal === fact.personal
        ? []
        : fieldDifferences(stored, suspicionOf({ ...fact, data, personal }), `alert ${id}, `)),
    ];
    if (differences.length > 0) return differenceOf(stored, differences);
    this.alerts++;
    return undefined;
  }

  /** What no alert was met for, once the store was read to its end. */
  missing(): Difference[] {
    return [...this.#awaited].map(([id, { decision }]) =>
      differenceOf(decision, [`the decision is ${decision.decision}, but alert ${id} is not in the store`]),
    );
  }
}

export const differenceOf = (
  { position, accountId, transactionId }: Omit<Difference, 'differences'>,
  differences: string[],
): Difference => ({ position, accountId, transactionId, differences });
