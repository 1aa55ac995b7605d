import type { Decision } from '../decision.ts';
import type { TransactionSubmitted } from '../facts.ts';
import { occurredAtMs } from '../occurred-at.ts';
import type { ExampleTransaction, RuleExample } from './rule-set.ts';

/** A transaction of an example as the fold takes it. */
export function exampleSubmission({
  amountBaseMinor,
  ...transaction
}: ExampleTransaction): TransactionSubmitted {
  return {
    transaction,
    amountBaseMinor,
    ratesVersion: null,
    receivedAtMs: occurredAtMs(transaction.occurredAt),
    origin: 'live',
  };
}

/**
 * What a decision on an example's last transaction lacks of what the example expects; empty if nothing.
 * Reasons are expected to be exactly those, in any order.
 */
export function exampleMismatches({ then }: RuleExample, decision: Decision): string[] {
  const mismatches: string[] = [];
  if (then.decision !== null && then.decision !== decision.decision) {
    mismatches.push(`decision is ${decision.decision}, expected ${then.decision}`);
  }
  if (then.reasons !== null && then.reasons.toSorted().join() !== decision.reasons.toSorted().join()) {
    mismatches.push(`reasons are [${decision.reasons.join(', ')}], expected [${then.reasons.join(', ')}]`);
  }
  if (then.score !== null && then.score !== decision.score) {
    mismatches.push(`score is ${decision.score}, expected ${then.score}`);
  }
  return mismatches;
}
