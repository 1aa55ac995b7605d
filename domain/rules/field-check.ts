import type { FieldType } from '../transaction.ts';
import type { Symbols } from './expression-check.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';
import { didYouMean } from './suggestion.ts';

/** The type of a field that a feature names; null where its declaration is at fault, undefined after a problem. */
export function checkFieldType(
  field: string,
  at: Path,
  eventFields: Symbols,
  problems: RuleSetProblems,
): FieldType | null | undefined {
  const type = eventFields.get(field);
  if (type !== undefined) return type;
  const suggestion =
    didYouMean(field, eventFields.keys()) ?? 'declare an attribute of your own under fields:';
  return problems.add(at, `"${field}" is no field of a transaction`, suggestion);
}
