import type { z } from 'zod';
import type { FieldType } from '../transaction.ts';
import { checkExpression, type Symbols } from './expression-check.ts';
import type { RuleSetProblem, SourcedExpression } from './rule-set.ts';
import { type Path, type PlaceOptions, pathText, type RuleSetDocument } from './rule-set-document.ts';
import { didYouMean } from './suggestion.ts';

/** More than these nobody reads at once; the rest is counted. */
export const MAX_PROBLEMS = 200;

/** Gathers everything wrong with a document, so that its author hears of it at once. */
export class RuleSetProblems {
  readonly #document: RuleSetDocument;
  readonly #list: RuleSetProblem[] = [];
  #untold = 0;

  constructor(document: RuleSetDocument) {
    this.#document = document;
  }

  /** In the order of the document. */
  get list(): RuleSetProblem[] {
    const list = this.#list.toSorted((a, b) => a.line - b.line || a.column - b.column);
    if (this.#untold === 0) return list;
    const last = list.at(-1)!;
    return [
      ...list,
      { ...last, path: '', problem: `${this.#untold} more problems are not listed`, suggestion: null },
    ];
  }

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  add(path: Path, problem: string, suggestion: string | null = null, options: PlaceOptions = {}): undefined {
    if (this.#list.length === MAX_PROBLEMS) {
      this.#untold++;
      return;
    }
    this.#list.push({ ...this.#document.placeOf(path, options), path: pathText(path), problem, suggestion });
  }

  /** The value if it has the schema's shape; else undefined, and the problems are noted. */
  shaped<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, value: unknown, path: Path) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) this.#addIssue(issue, Object.keys(schema.shape), value, path);
    return undefined;
  }

  /** The checked expression; undefined where it has problems, which are noted. */
  expression(source: string, symbols: Symbols, wanted: FieldType, path: Path): SourcedExpression | undefined {
    const checked = checkExpression(source, symbols, wanted);
    if ('expression' in checked) return checked.expression;
    for (const { offset, problem, suggestion } of checked.problems)
      this.add(path, problem, suggestion, { offset });
    return undefined;
  }

  #addIssue(issue: z.core.$ZodIssue, knownKeys: string[], value: unknown, at: Path): void {
    const path = [...at, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') {
      for (const name of issue.keys) {
        const suggestion = didYouMean(name, knownKeys) ?? `known here are ${knownKeys.join(', ')}`;
        this.add([...path, name], 'is no key of this part', suggestion, { key: true });
      }
      return;
    }
    const given = issue.path.reduce<unknown>(
      (inner, step) => (inner as Record<PropertyKey, unknown>)?.[step],
      value,
    );
    if (given === undefined) {
      this.add(path, 'is missing', `it ${wantedOf(issue)}`);
    } else if (issue.code === 'invalid_value') {
      const options = issue.values.map(String);
      const nearest = typeof given === 'string' ? didYouMean(given, options) : null;
      this.add(path, `${wantedOf(issue)}, not ${inWords(given)}`, nearest);
    } else if (issue.code === 'invalid_type') {
      this.add(path, `${wantedOf(issue)}, not ${inWords(given)}`);
    } else {
      this.add(path, `${issue.message}, not ${inWords(given)}`);
    }
  }
}

function wantedOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be ${oneOfThese(issue.values.map(String))}`;
  if (issue.code !== 'invalid_type') return issue.message;
  return `must be ${TYPES[issue.expected] ?? issue.expected}`;
}

function oneOfThese(options: string[]): string {
  return options.length === 1 ? options[0]! : `one of ${options.join(', ')}`;
}

const TYPES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map (key: value)',
  record: 'a map (key: value)',
  array: 'a list (lines that begin with "- ")',
};

function inWords(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 64 ? `${text.slice(0, 60)}…` : text;
}
