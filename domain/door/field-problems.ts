import type { z } from 'zod';
import { nearestName } from '../rules/suggestion.ts';

/** What is wrong with one field of what was handed in. The value itself is never repeated. */
export interface FieldProblem {
  /** e.g. `amountMinor`, `attributes.basket`; the root's name where the whole is wrong. */
  field: string;
  /** Reads on from the field's name: "must be a string, not a number". */
  problem: string;
}

export interface FieldNames {
  /** What to call the whole, e.g. `transaction`. */
  root: string;
  /** Fields there are, for suggestions. */
  known: readonly string[];
  /** Other names people use for them, in lower case without separators. */
  aliases?: Readonly<Record<string, string>>;
}

/** More than these help nobody, and an answer must stay small whatever was sent. */
const MOST_PROBLEMS = 20;

/** Turns what zod found into sentences that say what would be right. */
export function fieldProblems(error: z.ZodError, value: unknown, names: FieldNames): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        if (problems.length < MOST_PROBLEMS) problems.push(unknownField(key, issue.path, names));
      }
    } else if (problems.length < MOST_PROBLEMS) {
      problems.push({
        field: fieldName(issue.path, names.root),
        problem: problemOf(issue, at(value, issue.path)),
      });
    }
  }
  return problems;
}

function problemOf(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value);
    case 'invalid_value':
      return notOneOf(issue.values, value);
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string'
        ? `must have at least ${issue.minimum} characters`
        : `must be at least ${issue.minimum}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

function wrongType(expected: string, value: unknown): string {
  // What zod says where a field that was made required is not there: it no longer knows the type.
  if (expected === 'nonoptional') return 'is missing';
  const right = EXPECTED[expected] ?? expected;
  if (value === undefined) return `is missing; it must be ${right}`;
  if (typeof value === 'number' && expected === 'int') return 'must be a whole number';
  if (typeof value === 'number' && expected === 'number') return 'must be a finite number';
  return `must be ${right}, not ${kindOf(value)}`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a JSON object',
  record: 'a JSON object',
  array: 'an array',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'boolean' ? 'a boolean' : `a ${typeof value}`;
}

function notOneOf(values: readonly unknown[], value: unknown): string {
  const allowed = values.map((each) => JSON.stringify(each)).join(', ');
  if (value === undefined) return `is missing; it must be one of ${allowed}`;
  const near = typeof value === 'string' ? nearestName(value, values.map(String)) : null;
  return `must be one of ${allowed}${near === null ? '' : `; did you mean "${near}"?`}`;
}

function unknownField(key: string, path: readonly PropertyKey[], names: FieldNames): FieldProblem {
  const near = path.length === 0 ? meant(key, names) : null;
  const suggestion = near === null ? '' : `; did you mean "${near}"?`;
  return {
    field: fieldName([...path, key], names.root),
    problem: `is not a field of ${names.root}${suggestion}`,
  };
}

function meant(key: string, { known, aliases = {} }: FieldNames): string | null {
  const bare = key.replace(/[_-]/g, '').toLowerCase();
  return Object.hasOwn(aliases, bare) ? aliases[bare]! : nearestName(key, known);
}

function fieldName(path: readonly PropertyKey[], root: string): string {
  return path.length === 0 ? root : path.map(shownKey).join('.');
}

/** A key is the sender's text too: it is shown only where it is a plain name that cannot hold a card number. */
function shownKey(key: PropertyKey): string {
  const text = String(key);
  const digits = text.replace(/\D/g, '').length;
  return /^[A-Za-z_][\w.-]{0,63}$/.test(text) && digits < 12 ? text : `(a name of ${text.length} characters)`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}
