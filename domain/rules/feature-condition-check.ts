import { LEARNT_FIELDS } from '../amendment.ts';
import type { Symbols } from './expression-check.ts';
import type { SourcedExpression } from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';

const STRING_CONSTANT = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;

/** What the conditions of features are checked by. */
export interface ConditionScope {
  /** What one event has: the fields of a transaction and the declared attributes. */
  eventFields: Symbols;
  /** Only to say that a name is a feature, where a field is wanted. */
  featureNames: readonly string[];
  problems: RuleSetProblems;
}

/** The checked condition of a feature on one event, null for none; undefined after a problem. */
export function checkCondition(
  source: string | undefined,
  at: Path,
  { eventFields, featureNames, problems }: ConditionScope,
): SourcedExpression | null | undefined {
  if (source === undefined) return null;
  // The rest of an event that is known only later, and only here.
  const fields: Symbols = new Map([...Object.entries(LEARNT_FIELDS), ...eventFields]);
  const words = source.replaceAll(STRING_CONSTANT, '""');
  const read = featureNames.find((name) => new RegExp(`\\b${name}\\b`).test(words) && !eventFields.has(name));
  if (read !== undefined) {
    const key = String(at.at(-1));
    const suggestion = `${key} reads the fields of one event; put the condition on features into a rule`;
    return problems.add(at, `reads the feature "${read}"`, suggestion);
  }
  return problems.expression(source, fields, 'boolean', at);
}
