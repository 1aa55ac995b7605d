/** Something wrong in an expression: where (an offset into its source), what, and what would be right. */
export interface ExpressionProblem {
  offset: number;
  problem: string;
  suggestion: string | null;
}

export const MAX_SOURCE_CHARS = 512;
export const MAX_DEPTH = 24;
/**
 * A % whose right side is more than one plain number or name. mathjs parses what follows a % twice, to tell a
 * remainder from a percentage, so that nested ones would cost 2^n.
 */
const COMPOUND_REMAINDER = /%(?!\s*(?!not\b)[\w.]+(?![\w.]|\s*[(^]))/;

/**
 * Looks an expression over before any parser sees it: its bounds, and what the language does not have.
 * What is found here never reaches mathjs.
 */
export function scanExpression(source: string): ExpressionProblem[] {
  if (source.trim() === '') return [{ offset: 0, problem: 'is empty', suggestion: null }];
  if (source.length > MAX_SOURCE_CHARS) {
    const problem = `has ${source.length} characters, more than ${MAX_SOURCE_CHARS}`;
    return [{ offset: 0, problem, suggestion: 'split it into several rules' }];
  }
  const masked = maskStrings(source);
  const tooDeep = depthProblem(masked);
  if (tooDeep !== undefined) return [tooDeep];
  return FORBIDDEN.flatMap(({ pattern, problem, suggestion }) => {
    const match = pattern.exec(masked);
    if (match === null) return [];
    return [{ offset: match.index, problem: problem.replace('%s', match[0]), suggestion }];
  });
}

/** The source with its strings, quotes and all, blanked out, offset for offset. */
export function maskStrings(source: string): string {
  return source.replace(STRING, (text) => ' '.repeat(text.length));
}

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gs;

function depthProblem(masked: string): ExpressionProblem | undefined {
  let depth = 0;
  for (let offset = 0; offset < masked.length; offset++) {
    if ('([{'.includes(masked[offset]!)) depth++;
    if (')]}'.includes(masked[offset]!)) depth--;
    if (depth > MAX_DEPTH) {
      const problem = `nests deeper than ${MAX_DEPTH} levels`;
      return { offset, problem, suggestion: 'split it into several rules' };
    }
  }
  return undefined;
}

interface Forbidden {
  pattern: RegExp;
  /** %s stands for what was found. */
  problem: string;
  suggestion: string | null;
}

const forbidden = (pattern: RegExp, problem: string, suggestion: string | null = null): Forbidden => ({
  pattern,
  problem,
  suggestion,
});

const UNKNOWN_OPERATOR = 'has "%s", which is no operator here';

const FORBIDDEN: readonly Forbidden[] = [
  forbidden(/["']/, 'opens a string that is never closed'),
  forbidden(/&&?/, UNKNOWN_OPERATOR, 'write "and"'),
  forbidden(/\|\|?/, UNKNOWN_OPERATOR, 'write "or"'),
  forbidden(/!(?!=)/, UNKNOWN_OPERATOR, 'write "not", as in not (a == b)'),
  forbidden(/===/, UNKNOWN_OPERATOR, 'write "=="'),
  forbidden(/!==/, UNKNOWN_OPERATOR, 'write "!="'),
  forbidden(/<>/, UNKNOWN_OPERATOR, 'write "!="'),
  forbidden(/=>/, UNKNOWN_OPERATOR, 'write ">="'),
  forbidden(/=</, UNKNOWN_OPERATOR, 'write "<="'),
  forbidden(
    /(?<![=!<>]\s*)=(?![=<>])/,
    'has "=", which would assign; nothing can be assigned',
    'to compare, write "=="',
  ),
  forbidden(/[<>!=]\s+=/, 'has "%s", an operator torn apart', 'write it without a space, as in >='),
  forbidden(/\*\*/, UNKNOWN_OPERATOR, 'write "^"'),
  forbidden(/\?\?/, UNKNOWN_OPERATOR, 'write coalesce(x, y)'),
  forbidden(/\?\.(?!\d)/, 'has "%s": values have no properties'),
  forbidden(/<<|>>/, 'has "%s": there are no bit operations'),
  forbidden(/[~@$\\`]/, UNKNOWN_OPERATOR),
  forbidden(/\.[*/^]/, UNKNOWN_OPERATOR, 'write the operator without the dot'),
  forbidden(/\^\|/, UNKNOWN_OPERATOR),
  forbidden(
    /[[\]]/,
    'has "%s": there are no lists and no indexing',
    'to look for one of several values, write oneOf(x, "a", "b")',
  ),
  forbidden(/[{}]/, 'has "%s": there are no objects'),
  forbidden(/;/, 'has "%s": an expression is one value, not several statements'),
  forbidden(
    /#/,
    'has "%s": a comment inside an expression would hide its end',
    'put the comment on a line of its own',
  ),
  forbidden(/[^\t\r\n\x20-\x7e]/, 'has "%s" outside quotes: names and operators are plain ASCII'),
  forbidden(/\b(?:AND|OR|NOT|And|Or|Not)\b/, UNKNOWN_OPERATOR, 'write "and", "or", "not" in small letters'),
  forbidden(/\bxor\b/, UNKNOWN_OPERATOR, 'write "!=" between the two conditions'),
  forbidden(/\b(?:in|to)\b/, UNKNOWN_OPERATOR, 'to look for one of several values, write oneOf(x, "a", "b")'),
  forbidden(
    /\b(?:null|undefined|NaN|Infinity)\b/,
    'has "%s", which is no value here',
    'to ask whether x is there, write has(x)',
  ),
  forbidden(
    COMPOUND_REMAINDER,
    'has "%" before something other than one number or name',
    'for the remainder write mod(a, b); for 10 % write 0.1',
  ),
];
