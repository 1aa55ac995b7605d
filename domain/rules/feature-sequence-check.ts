import { z } from 'zod';
import { isLearntField } from '../amendment.ts';
import { type ConditionScope, checkCondition } from './feature-condition-check.ts';
import { checkWindow } from './feature-window-check.ts';
import { checkFieldType } from './field-check.ts';
import type { FeatureDefinition, SequenceStep } from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import { expressionSource } from './rule-set-shape.ts';

const LEAST_STEPS = 2;
const MOST_STEPS = 8;

/** A feature that asks for a sequence, as it is written. */
export interface SequenceShape {
  steps?: unknown;
  window?: unknown;
}

/** Words of other features, and what would be right. */
const OF_OTHERS: Readonly<Record<string, string>> = {
  of: 'a step may ask for a value that is met first: { firstSeen: deviceId }',
  delay: 'the transaction scored is the last step',
  prior: 'the transaction scored is the last step',
  where: 'put the condition into a step: { where: … }',
};

/** What a checked sequence says of its feature; undefined after a problem. */
export function checkSequence(
  shape: SequenceShape & Record<string, unknown>,
  path: Path,
  scope: ConditionScope,
): Pick<FeatureDefinition, 'windowMs' | 'calendar' | 'steps'> | undefined {
  const { problems } = scope;
  const wrong = Object.keys(OF_OTHERS).filter((word) => shape[word] !== undefined);
  for (const word of wrong) {
    problems.add([...path, word], `sequence has no ${word}`, OF_OTHERS[word]!, { key: true });
  }
  const window = checkWindow({ aggregate: 'sequence', window: shape.window }, 'required', path, scope);
  const steps = checkSteps(shape.steps, [...path, 'steps'], scope);
  if (wrong.length > 0 || window === undefined || steps === undefined) return undefined;
  if (window.windowMs === null || window.last !== undefined) {
    const problem = 'must be a duration from 1s to 90d, or a calendar window';
    return problems.add([...path, 'window'], problem, 'the steps lie within that time, as in window: 60m');
  }
  return { ...window, steps };
}

function checkSteps(value: unknown, at: Path, scope: ConditionScope): SequenceStep[] | undefined {
  const { problems } = scope;
  if (!Array.isArray(value) || value.length < LEAST_STEPS || value.length > MOST_STEPS) {
    const problem =
      value === undefined ? 'is missing' : `must be a list of ${LEAST_STEPS} to ${MOST_STEPS} steps`;
    return problems.add(
      at,
      problem,
      "as in steps: [{ firstSeen: deviceId }, { where: 'amountMinor > 50000' }]",
    );
  }
  const steps = value
    .map((step, i) => checkStep(step, [...at, i], scope))
    .filter((step) => step !== undefined);
  return steps.length === value.length ? steps : undefined;
}

const stepShape = z.strictObject({ firstSeen: z.string().optional(), where: expressionSource.optional() });

function checkStep(value: unknown, at: Path, scope: ConditionScope): SequenceStep | undefined {
  const shape = scope.problems.shaped(stepShape, value, at);
  if (shape === undefined) return undefined;
  if (shape.firstSeen === undefined && shape.where === undefined) {
    return scope.problems.add(
      at,
      'asks for nothing',
      "give it { firstSeen: deviceId }, { where: '…' }, or both",
    );
  }
  const firstSeen = checkFirstSeen(shape.firstSeen, [...at, 'firstSeen'], scope);
  const where = checkCondition(shape.where, [...at, 'where'], scope);
  return firstSeen === undefined || where === undefined ? undefined : { firstSeen, where };
}

function checkFirstSeen(
  field: string | undefined,
  at: Path,
  { eventFields, problems }: ConditionScope,
): string | null | undefined {
  if (field === undefined) return null;
  const type = checkFieldType(field, at, eventFields, problems);
  if (type === undefined) return undefined;
  if (isLearntField(field)) {
    const problem = `${field} may be learnt later, which a whole life has no end for`;
    return problems.add(at, problem, `ask for it in a where, as in { where: has(${field}) }`);
  }
  return type === null ? undefined : field;
}
