import { create, type MathNode, type ParseFunction, parseDependencies } from 'mathjs/number';
import type { ExpressionProblem } from './expression-scan.ts';

/**
 * mathjs as a parser and nothing else: this instance has no function that evaluates, and what it parses
 * is only ever looked at. Building it costs a fifth of a second, so nothing that scores imports this file.
 */
const { parse } = create(parseDependencies!, { number: 'number' }) as unknown as { parse: ParseFunction };

/** The mathjs tree of an expression, not checked yet. */
export function parseExpression(source: string): { node: MathNode } | { problem: ExpressionProblem } {
  try {
    // A YAML block may spread an expression over lines; to mathjs a line break starts another statement.
    return { node: parse(source.replace(/[\r\n]/g, ' ')) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { char } = error as SyntaxError & { char?: number };
    const problem = `cannot be read: ${error.message.replace(/ \(char \d+\)$/, '')}`;
    const offset = char === undefined ? 0 : Math.min(char - 1, source.length - 1);
    return { problem: { offset: Math.max(0, offset), problem, suggestion: null } };
  }
}
