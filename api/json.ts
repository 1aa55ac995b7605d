import { isUtf8 } from 'node:buffer';

/** Nesting of arrays and objects; a transaction needs two levels. */
export const MAX_DEPTH = 16;

/** A body that is not JSON, or that another reader could understand differently. The text is never repeated. */
export class MalformedJson extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'MalformedJson';
  }
}

/**
 * Reads JSON strictly: UTF-8 without a byte order mark, at most MAX_DEPTH levels deep, no name twice in an
 * object, no number beyond a double, no NUL, no half of a surrogate pair.
 * @throws MalformedJson
 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new MalformedJson('is empty; send a JSON value');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new MalformedJson('begins with a byte order mark; send UTF-8 without one');
  }
  if (!isUtf8(bytes)) throw new MalformedJson('is not UTF-8');
  return parseJsonText(bytes.toString('utf8'));
}

/** As parseJson, of text that came as UTF-8. @throws MalformedJson */
export function parseJsonText(text: string): unknown {
  const names = countNames(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MalformedJson(`is not JSON${place(error)}`);
  }
  if (inspect(value) !== names) throw new MalformedJson('has an object that gives one of its names twice');
  return value;
}

const QUOTE = 34;
const COLON = 58;

/**
 * Counts the colons outside strings: in JSON, the names of all objects. Refuses what is nested too deeply
 * before the parser meets it.
 */
function countNames(text: string): number {
  let names = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case COLON:
        names++;
        break;
      case 91: // [
      case 123: // {
        if (++depth > MAX_DEPTH) throw new MalformedJson(`is nested more than ${MAX_DEPTH} levels deep`);
        break;
      case 93: // ]
      case 125: // }
        depth--;
    }
  }
  return names;
}

/** Index of the quote that ends the string opened at `open`; the text's length where there is none. */
export function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === 92) backslashes++;
  return backslashes % 2 === 1;
}

/** Refuses values that do not survive the way through the system. @returns how many names its objects have */
function inspect(value: unknown): number {
  if (typeof value === 'string') inspectText(value);
  else if (typeof value === 'number') inspectNumber(value);
  else if (Array.isArray(value)) return inspectAll(value);
  else if (value !== null && typeof value === 'object') {
    const names = Object.keys(value);
    for (const name of names) inspectName(name);
    return names.length + inspectAll(Object.values(value));
  }
  return 0;
}

function inspectAll(values: readonly unknown[]): number {
  let names = 0;
  for (const value of values) names += inspect(value);
  return names;
}

function inspectName(name: string): void {
  if (name === '__proto__') throw new MalformedJson('has an object with the name __proto__');
  inspectText(name);
}

function inspectText(text: string): void {
  if (!text.isWellFormed()) throw new MalformedJson('has text with half of a surrogate pair');
  if (text.includes('\0')) throw new MalformedJson('has text with a NUL character');
}

function inspectNumber(value: number): void {
  if (!Number.isFinite(value)) throw new MalformedJson('has a number beyond what a double can hold');
}

/** Only the place: the parser's message repeats the text, which may hold what must not be repeated. */
function place(error: unknown): string {
  const found = error instanceof Error ? /at position (\d+)/.exec(error.message) : null;
  return found === null ? '' : ` at character ${found[1]}`;
}
