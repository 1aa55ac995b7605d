import type { RuleSetProblem } from '../domain/rules/rule-set.ts';
import { Problem } from './problem.ts';

/**
 * The first thing that is wrong as a sentence, all of them as errors.
 * @param field of the request that holds it, where several do
 */
export function ruleSetRefused(errors: readonly RuleSetProblem[], field?: string): Problem {
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  const first = errors[0];
  const detail =
    first === undefined
      ? 'It was refused.'
      : `${field === undefined ? '' : `${field}: `}Line ${first.line}: ${first.problem}${more}.`;
  return new Problem('invalid-rule-set', detail, { errors });
}
