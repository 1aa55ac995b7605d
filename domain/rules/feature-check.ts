import { z } from 'zod';
import { isLearntField } from '../amendment.ts';
import { type FieldType, TRANSACTION_FIELDS } from '../transaction.ts';
import { allOf } from './conditions-of.ts';
import { ENTITY_FIELDS } from './entity-fields.ts';
import type { Symbols } from './expression-check.ts';
import { type ConditionScope, checkCondition } from './feature-condition-check.ts';
import { checkListed } from './feature-listed-check.ts';
import { checkSequence } from './feature-sequence-check.ts';
import { checkDelay, checkWindow, type WindowRule } from './feature-window-check.ts';
import { checkFieldType } from './field-check.ts';
import { type Aggregate, type FeatureDefinition, LOOKS_BACK } from './rule-set.ts';
import type { Path } from './rule-set-document.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';
import { expressionSource } from './rule-set-shape.ts';
import { didYouMean } from './suggestion.ts';
import { symbolsOf } from './symbols-of.ts';

export const AGGREGATES = [
  'count',
  'sum',
  'mean',
  'stddev',
  'min',
  'max',
  'distinct',
  'first',
  'last',
  'sinceLast',
  'firstSeen',
  'speed',
  'sequence',
  'listed',
] as const satisfies readonly Aggregate[];

const featureShape = z.strictObject({
  aggregate: z.enum(AGGREGATES),
  of: z.string().optional(),
  list: z.string().optional(),
  window: z.unknown().optional(),
  steps: z.unknown().optional(),
  delay: z.unknown().optional(),
  prior: z.boolean().optional(),
  where: expressionSource.optional(),
  per: z.string().optional(),
  description: z.string().optional(),
});

type FeatureShape = z.infer<typeof featureShape>;

/** What an aggregate asks of its feature. */
interface AggregateRule {
  of: 'none' | 'amountBaseMinor' | 'number' | 'any';
  window: WindowRule;
}

const AGGREGATE_RULES: Record<Exclude<Aggregate, 'listed' | 'sequence'>, AggregateRule> = {
  count: { of: 'none', window: 'required' },
  sum: { of: 'amountBaseMinor', window: 'required' },
  mean: { of: 'amountBaseMinor', window: 'required' },
  stddev: { of: 'amountBaseMinor', window: 'required' },
  min: { of: 'number', window: 'required' },
  max: { of: 'number', window: 'required' },
  distinct: { of: 'any', window: 'required' },
  first: { of: 'any', window: 'optional' },
  last: { of: 'any', window: 'optional' },
  sinceLast: { of: 'none', window: 'none' },
  firstSeen: { of: 'any', window: 'none' },
  speed: { of: 'none', window: 'none' },
};

const HAS_PLACE = 'has(latitude) and has(longitude)';

/**
 * Checks one feature.
 * @param eventFields what one event has: the fields of a transaction and the declared attributes
 * @param featureNames only to say that a name is a feature, where a field is wanted
 */
export function checkFeature(
  name: string,
  written: unknown,
  eventFields: Symbols,
  featureNames: readonly string[],
  problems: RuleSetProblems,
): FeatureDefinition | undefined {
  const path = ['features', name];
  const shape = problems.shaped(featureShape, written, path);
  if (shape === undefined) return undefined;
  const { aggregate } = shape;
  for (const [word, { of, suggestion }] of Object.entries(WORDS_OF_ONE)) {
    if (aggregate === of || shape[word as keyof FeatureShape] === undefined) continue;
    problems.add([...path, word], `${aggregate} has no ${word}`, suggestion, { key: true });
  }
  if (aggregate === 'listed') return checkListed(name, shape, eventFields, path, problems);
  const scope = { eventFields, featureNames, problems };
  const per = checkPer(shape, eventFields, path, problems);
  if (aggregate === 'sequence') {
    const sequence = checkSequence(shape, path, scope);
    if (sequence === undefined || per === undefined) return undefined;
    const ofSteps = { delayMs: 0, prior: false, where: null };
    return { name, aggregate, of: null, ...sequence, ...ofSteps, per, type: 'boolean' };
  }
  const value = checkAggregate({ ...shape, aggregate }, path, scope);
  if (value === undefined || per === undefined) return undefined;
  // In this order: what state is kept of is hashed as it is written.
  const { type, ...ofEvents } = value;
  return { name, aggregate, ...ofEvents, per, type };
}

/** Words that one aggregate alone takes. */
const WORDS_OF_ONE: Readonly<Record<string, { of: Aggregate; suggestion: string }>> = {
  list: { of: 'listed', suggestion: 'to look a value up in a list, write aggregate: listed' },
  steps: { of: 'sequence', suggestion: 'to ask for one after the other, write aggregate: sequence' },
};

/** What a feature says of the events that make its value; undefined after a problem. */
function checkAggregate(
  shape: FeatureShape & { aggregate: keyof typeof AGGREGATE_RULES },
  path: Path,
  scope: ConditionScope,
): Omit<FeatureDefinition, 'name' | 'aggregate' | 'per'> | undefined {
  const { aggregate } = shape;
  const { eventFields, problems } = scope;
  const rule = AGGREGATE_RULES[aggregate];
  const of = checkOf(shape, rule, eventFields, path, problems);
  const window = checkWindow(shape, rule.window, path, scope);
  const delayMs = checkDelay(shape, rule.window, path, problems);
  const prior = checkPrior(shape, path, problems);
  const where = checkCondition(shape.where, [...path, 'where'], scope);
  if (of === undefined || window === undefined || delayMs === undefined || where === undefined) {
    return undefined;
  }
  const type = typeOf(aggregate, of, eventFields);
  // Only between places is there a speed.
  const placed = aggregate === 'speed' ? checkCondition(HAS_PLACE, [...path, 'aggregate'], scope)! : null;
  const counted = allOf([window.last?.among ?? null, where, placed]);
  if (type === null || readsLearntForLife({ of, windowMs: window.windowMs, where }, path, problems)) {
    return undefined;
  }
  return { of, ...window, delayMs, prior, where: counted, type };
}

/** The field whose values gather the events; undefined after a problem. */
function checkPer(
  { per = 'account' }: FeatureShape,
  eventFields: Symbols,
  path: Path,
  problems: RuleSetProblems,
): string | undefined {
  if (Object.hasOwn(ENTITY_FIELDS, per)) return ENTITY_FIELDS[per]!;
  const at = [...path, 'per'];
  const type = Object.hasOwn(TRANSACTION_FIELDS, per) ? undefined : eventFields.get(per);
  if (type === 'string') return per;
  if (type === null) return undefined;
  const names = Object.keys(ENTITY_FIELDS);
  if (type !== undefined) {
    return problems.add(
      at,
      `must be a field of text, but ${per} is a ${type}`,
      'events are gathered by text',
    );
  }
  const meant = names.find((name) => ENTITY_FIELDS[name] === per);
  const suggestion = meant === undefined ? didYouMean(per, names) : `did you mean ${meant}?`;
  return problems.add(
    at,
    `must be ${names.join(', ')} or a declared field of text, not "${per}"`,
    suggestion ?? 'declare an attribute of your own under fields:',
  );
}

/**
 * What is learnt later must find its event: a window of some length says how long it may take, a whole life does not.
 */
function readsLearntForLife(
  { of, windowMs, where }: Pick<FeatureDefinition, 'of' | 'windowMs' | 'where'>,
  path: Path,
  problems: RuleSetProblems,
): boolean {
  const read = [...(of === null ? [] : [of]), ...(where === null ? [] : symbolsOf(where.tree))];
  const learnt = read.find(isLearntField);
  if (windowMs !== null || learnt === undefined) return false;
  const problem = `${learnt} may be learnt later, which a whole life has no end for`;
  problems.add(path, problem, 'give it a window, of 90d at most', { key: true });
  return true;
}

function typeOf(aggregate: Aggregate, of: string | null, eventFields: Symbols): FieldType | null {
  if (aggregate === 'firstSeen') return 'boolean';
  if (aggregate === 'first' || aggregate === 'last') return eventFields.get(of!)!;
  return 'number';
}

/** The field aggregated, null for none; undefined after a problem. */
function checkOf(
  { aggregate, of }: FeatureShape,
  rule: AggregateRule,
  eventFields: Symbols,
  path: Path,
  problems: RuleSetProblems,
): string | null | undefined {
  const at = [...path, 'of'];
  if (rule.of === 'none') {
    if (of === undefined) return null;
    const suggestion =
      aggregate === 'count' ? 'to count different values, write aggregate: distinct' : 'leave it out';
    return problems.add(at, `${aggregate} is of no field`, suggestion, { key: true });
  }
  if (of === undefined) {
    if (rule.of !== 'any') return 'amountBaseMinor';
    return problems.add(at, 'is missing', `${aggregate} needs the field it looks at, as in of: deviceId`);
  }
  const type = checkFieldType(of, at, eventFields, problems);
  if (type === undefined) return undefined;
  if (rule.of === 'amountBaseMinor' && of !== 'amountBaseMinor') {
    const suggestion =
      'sums are exact and in one currency: only amountBaseMinor has both; min, max, last take any number';
    return problems.add(at, `${aggregate} can be of amountBaseMinor only, not "${of}"`, suggestion);
  }
  if (rule.of === 'number' && type !== 'number' && type !== null) {
    return problems.add(
      at,
      `${aggregate} needs a number, but ${of} is a ${type}`,
      'take distinct, first or last',
    );
  }
  return type === null ? undefined : of;
}

function checkPrior({ aggregate, prior }: FeatureShape, path: Path, problems: RuleSetProblems): boolean {
  const always = LOOKS_BACK.has(aggregate);
  if (always && prior === false) {
    problems.add(
      [...path, 'prior'],
      `${aggregate} always looks at earlier transactions only`,
      'leave it out',
    );
  }
  return always || prior === true;
}
