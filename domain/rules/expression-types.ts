import { type FieldType, transactionSchema } from '../transaction.ts';
import type { Expression, FunctionName } from './rule-set.ts';
import { didYouMean } from './suggestion.ts';

/** What a function or operator takes and yields. */
interface Signature {
  least: number;
  most: number;
  /** The type of its arguments; null where `ownRule` decides. */
  takes: FieldType | null;
  yields: FieldType;
}

const signature = (
  takes: FieldType | null,
  least: number,
  most = least,
  yields: FieldType = 'number',
): Signature => ({ least, most, takes, yields });

const MANY = 64;

/** Everything an expression may call by name. */
export const FUNCTIONS: ReadonlyMap<string, Signature> = new Map([
  ['abs', signature('number', 1)],
  ['min', signature('number', 2, MANY)],
  ['max', signature('number', 2, MANY)],
  ['round', signature('number', 1)],
  ['floor', signature('number', 1)],
  ['ceil', signature('number', 1)],
  ['sqrt', signature('number', 1)],
  ['exp', signature('number', 1)],
  ['log', signature('number', 1)],
  ['log10', signature('number', 1)],
  ['log2', signature('number', 1)],
  ['pow', signature('number', 2)],
  ['mod', signature('number', 2)],
  ['distanceKm', signature('number', 4)],
  ['hourOfDay', signature('string', 1)],
  ['dayOfWeek', signature('string', 1)],
  ['has', signature(null, 1, 1, 'boolean')],
  ['coalesce', signature(null, 2, MANY)],
  ['oneOf', signature(null, 2, MANY, 'boolean')],
]);

/** The operators by mathjs's names for them. */
export const OPERATORS: ReadonlyMap<string, FunctionName> = new Map([
  ['add', 'add'],
  ['subtract', 'subtract'],
  ['multiply', 'multiply'],
  ['divide', 'divide'],
  ['mod', 'mod'],
  ['pow', 'pow'],
  ['unaryMinus', 'negate'],
  ['equal', 'equal'],
  ['unequal', 'unequal'],
  ['smaller', 'smaller'],
  ['smallerEq', 'smallerEq'],
  ['larger', 'larger'],
  ['largerEq', 'largerEq'],
  ['and', 'and'],
  ['or', 'or'],
  ['not', 'not'],
]);

const ORDERINGS: ReadonlySet<string> = new Set(['smaller', 'smallerEq', 'larger', 'largerEq']);
const CONNECTIVES: ReadonlySet<string> = new Set(['and', 'or', 'not']);

/** A call whose argument types do not fit, in words. */
export interface Mismatch {
  /** The argument that does not fit. */
  culprit: Expression;
  problem: string;
  suggestion: string | null;
}

/** The call with its type, or what does not fit. `written` is how the author wrote the function or operator. */
export function typedCall(name: FunctionName, written: string, args: Expression[]): Expression | Mismatch {
  const mismatch = argumentMismatch(name, written, args);
  if (mismatch !== undefined) return mismatch;
  const first = args[0]!;
  // A negative literal is a number, so that comparing with it is as fast as with a positive one.
  if (name === 'negate' && first.kind === 'number') return { ...first, value: -first.value };
  return { kind: 'call', name, args, type: resultType(name, args) };
}

function resultType(name: FunctionName, args: Expression[]): FieldType {
  if (name === 'coalesce') return args[0]!.type;
  if (name === 'if') return args[1]!.type;
  if (name === 'equal' || name === 'unequal' || ORDERINGS.has(name) || CONNECTIVES.has(name))
    return 'boolean';
  return FUNCTIONS.get(name)?.yields ?? 'number';
}

function argumentMismatch(name: FunctionName, written: string, args: Expression[]): Mismatch | undefined {
  switch (name) {
    case 'has':
      return undefined;
    case 'equal':
    case 'unequal':
    case 'coalesce':
      return sameTypeMismatch(written, args) ?? literalMismatch(args);
    case 'oneOf':
      return sameTypeMismatch(written, args) ?? optionMismatch(args) ?? literalMismatch(args);
    case 'if':
      return firstOther('boolean', '?', args.slice(0, 1)) ?? sameTypeMismatch('? :', args.slice(1));
    default:
      return firstOther(CONNECTIVES.has(name) ? 'boolean' : 'number', written, args, ORDERINGS.has(name));
  }
}

function firstOther(
  type: FieldType,
  written: string,
  args: Expression[],
  ordering = false,
): Mismatch | undefined {
  const culprit = args.find((arg) => arg.type !== type);
  if (culprit === undefined) return undefined;
  const problem = `"${written}" takes ${PLURALS[type]}, but ${described(culprit)}`;
  return { culprit, problem, suggestion: conversion(culprit, type, written, ordering) };
}

function conversion(
  culprit: Expression,
  wanted: FieldType,
  written: string,
  ordering: boolean,
): string | null {
  if (ordering && culprit.type === 'string') return 'strings have no order: compare them with == and != only';
  if (wanted === 'boolean' && written === 'not')
    return 'put the condition in parentheses, as in not (a == b)';
  if (wanted === 'boolean') return 'make it a condition, as in x > 0 or x == "a"';
  if (culprit.type === 'boolean') return 'to count it, write (x ? 1 : 0)';
  return null;
}

function sameTypeMismatch(written: string, args: Expression[]): Mismatch | undefined {
  const first = args[0]!;
  const culprit = args.find((arg) => arg.type !== first.type);
  if (culprit === undefined) return undefined;
  const literal = [culprit, first].find((arg) => arg.kind === 'number');
  const string = [culprit, first].find((arg) => arg.type === 'string');
  const quotable = literal !== undefined && string !== undefined;
  return {
    culprit,
    problem: `"${written}" takes values of one type, but ${described(first)} and ${described(culprit)}`,
    suggestion: quotable ? `put the value in quotes: "${(literal as { value: number }).value}"` : null,
  };
}

function optionMismatch(args: Expression[]): Mismatch | undefined {
  const culprit = args.slice(1).find((arg) => arg.kind === 'symbol' || arg.kind === 'call');
  if (culprit === undefined) return undefined;
  const problem = 'oneOf compares with fixed values only';
  return { culprit, problem, suggestion: 'join the others with or: oneOf(x, "a") or x == y' };
}

/** A field compared with a literal it can never hold is a slip (country == "Germany"), not a rule. */
function literalMismatch(args: Expression[]): Mismatch | undefined {
  const field = args.find(
    (arg) =>
      arg.kind === 'symbol' && arg.type === 'string' && Object.hasOwn(transactionSchema.shape, arg.name),
  );
  if (field?.kind !== 'symbol') return undefined;
  const schema = transactionSchema.shape[field.name as keyof typeof transactionSchema.shape];
  for (const culprit of args) {
    if (culprit.kind !== 'string') continue;
    const checked = schema.safeParse(culprit.value);
    if (checked.success) continue;
    const issue = checked.error.issues[0]!;
    const options = issue.code === 'invalid_value' ? issue.values.map(String) : null;
    const rule = options === null ? issue.message : `is one of ${options.join(', ')}`;
    return {
      culprit,
      problem: `${field.name} is never ${JSON.stringify(culprit.value)}: it ${rule}`,
      suggestion: options === null ? null : didYouMean(culprit.value, options),
    };
  }
  return undefined;
}

const PLURALS: Record<FieldType, string> = {
  number: 'numbers',
  string: 'strings',
  boolean: 'conditions (true or false)',
};
const SINGULARS: Record<FieldType, string> = {
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
};

/** An expression and its type, as a problem names them. */
export function described(expression: Expression): string {
  const type = SINGULARS[expression.type];
  if (expression.kind === 'symbol') return `${expression.name} is ${type}`;
  if (expression.kind !== 'call') return `${JSON.stringify(expression.value)} is ${type}`;
  return FUNCTIONS.has(expression.name) ? `${expression.name}(…) is ${type}` : `one side is ${type}`;
}

export function typeInWords(type: FieldType): string {
  return SINGULARS[type];
}
