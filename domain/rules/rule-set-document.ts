import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import type { RuleSetProblem } from './rule-set.ts';

/** Keys and indexes from the top of the document. */
export type Path = readonly (string | number)[];

/** A YAML document whose every value can be told by line and column. */
export interface RuleSetDocument {
  value: unknown;
  /** Where the value at a path stands, or the nearest thing above it that is there. */
  placeOf(path: Path, options?: PlaceOptions): { line: number; column: number };
}

export interface PlaceOptions {
  /** Points at the key instead of the value. */
  key?: boolean;
  /** Characters into the text of the value. */
  offset?: number;
}

export const MAX_DOCUMENT_CHARS = 262_144;
/** Far deeper than any rule set; the YAML composer is recursive. */
const MAX_DOCUMENT_DEPTH = 64;
const MAX_FAULTS = 20;

/** Reads YAML 1.2 (core schema: no custom tags, no duplicate keys, aliases bounded). */
export function readRuleSetDocument(source: string): RuleSetDocument | { problems: RuleSetProblem[] } {
  const bound = boundProblem(source);
  if (bound !== undefined) return { problems: [bound] };
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  // The first fault of the syntax makes others of what comes after it.
  const faults = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS);
  if (faults.length > 0) {
    return {
      problems: faults.map((fault) => {
        const { line, col } = lines.linePos(fault.pos[0]);
        return {
          line,
          column: col,
          path: '',
          problem: `the YAML cannot be read: ${fault.message}`,
          suggestion: null,
        };
      }),
    };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: 1_000 });
    return { value, placeOf: (path, options) => placeOf(document, lines, source, path, options ?? {}) };
  } catch (error) {
    // What toJS refuses is an alias bomb or an alias to nothing.
    if (!(error instanceof ReferenceError)) throw error;
    return { problems: [atTop(`the YAML cannot be read: ${error.message}`)] };
  }
}

/** `rules[2].when` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

function boundProblem(source: string): RuleSetProblem | undefined {
  if (source.length > MAX_DOCUMENT_CHARS) {
    return atTop(`has ${source.length} characters, more than ${MAX_DOCUMENT_CHARS}`);
  }
  let depth = 0;
  for (const character of source) {
    if (character === '[' || character === '{') depth++;
    if (character === ']' || character === '}') depth--;
    if (depth > MAX_DOCUMENT_DEPTH) return atTop(`nests deeper than ${MAX_DOCUMENT_DEPTH} levels`);
  }
  return undefined;
}

function atTop(problem: string): RuleSetProblem {
  return { line: 1, column: 1, path: '', problem, suggestion: null };
}

function placeOf(
  document: Document.Parsed,
  lines: LineCounter,
  source: string,
  path: Path,
  { key = false, offset }: PlaceOptions,
): { line: number; column: number } {
  let found: unknown = document.contents;
  let keyStart: number | undefined;
  let complete = true;
  for (const step of path) {
    if (isAlias(found)) found = found.resolve(document);
    const next = isCollection(found) ? childOf(found, step) : undefined;
    if (next === undefined) {
      complete = false;
      break;
    }
    keyStart = next.keyStart;
    found = next.value ?? found;
  }
  const at = key || !complete ? (keyStart ?? startOf(found)) : textStart(found, source, offset);
  const { line, col } = lines.linePos(at ?? 0);
  return { line, column: col };
}

function childOf(collection: Node, step: string | number): { keyStart?: number; value: unknown } | undefined {
  if (isMap(collection)) {
    const pair = collection.items.find((item) => isScalar(item.key) && String(item.key.value) === step);
    if (pair === undefined) return undefined;
    const keyStart = startOf(pair.key);
    return keyStart === undefined ? { value: pair.value } : { keyStart, value: pair.value };
  }
  const items = isCollection(collection) ? collection.items : [];
  return typeof step === 'number' && step < items.length ? { value: items[step] } : undefined;
}

/** Where a character of a scalar stands: past its quotes; block scalars, whose lines are folded, at their start. */
function textStart(node: unknown, source: string, offset: number | undefined): number | undefined {
  const start = startOf(node);
  if (start === undefined || !isScalar(node) || offset === undefined || node.range == null) return start;
  const inside = source.slice(start, node.range[1]).indexOf(String(node.value));
  return inside < 0 ? start : start + inside + offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
