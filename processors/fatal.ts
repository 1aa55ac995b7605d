import { UnknownSchemaVersion } from '../domain/facts.ts';
import { BrokenOrder } from '../domain/risk-fold.ts';
import { UnknownSemantics } from '../domain/rules/semantics.ts';
import { CheckpointMismatch } from './checkpoint-match.ts';
import { UnpublishedRuleSet } from './scoring-plans.ts';

const FATAL = [BrokenOrder, UnknownSchemaVersion, UnknownSemantics, UnpublishedRuleSet, CheckpointMismatch];

/** Whether asking again cannot help, as it does where a store does not answer: the partition must stop. */
export function isFatal(error: unknown): boolean {
  return FATAL.some((type) => error instanceof type);
}
