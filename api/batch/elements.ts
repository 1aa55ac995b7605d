import { endOfString, MalformedJson, parseJsonText } from '../json.ts';

/**
 * Reads a JSON array element by element, so that a large one does not hold the event loop: whoever iterates may
 * pause between them.
 * @throws MalformedJson where the text is no array or an element is malformed, also after elements were given
 */
export function* elements(text: string): Generator<unknown> {
  const open = skipSpace(text, 0);
  if (text[open] !== '[') throw new MalformedJson('is not a JSON array');
  let at = skipSpace(text, open + 1);
  if (text[at] === ']') return end(text, at);
  for (let index = 0; ; index++) {
    const next = endOfElement(text, at);
    yield element(text.slice(at, next), index);
    if (text[next] === ']') return end(text, next);
    if (text[next] !== ',') throw new MalformedJson('ends before its array does');
    at = next + 1;
  }
}

function element(text: string, index: number): unknown {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof MalformedJson)
      throw new MalformedJson(`has an element ${index} that ${error.message}`);
    throw error;
  }
}

/** Index of the comma or bracket that ends the element begun at `from`; the text's length where there is none. */
function endOfElement(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const char = text[i];
    if (char === '"') i = endOfString(text, i);
    else if (char === '[' || char === '{') depth++;
    else if (depth === 0 && (char === ',' || char === ']')) return i;
    else if (char === ']' || char === '}') depth--;
  }
  return text.length;
}

function end(text: string, bracket: number): void {
  if (skipSpace(text, bracket + 1) !== text.length) throw new MalformedJson('goes on after its array');
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++;
  return at;
}
