import { readFileSync } from 'node:fs';
import type { RuleSet, RuleSetProblem } from '../../domain/rules/rule-set.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { fileFault } from './file-fault.ts';

/** The checked rule set of a file. @throws CommandFailed with everything that is wrong with it */
export async function readRuleSet(path: string): Promise<RuleSet> {
  // Checking needs a parser that takes a fifth of a second to load; most commands do without.
  const { parseRuleSet } = await import('../../domain/rules/rule-set-parse.ts');
  const parsed = parseRuleSet(readText(path));
  if ('problems' in parsed) throw new CommandFailed(problemsText(path, parsed.problems), EXIT.usage);
  return parsed.ruleSet;
}

export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new CommandFailed(fileFault(path, error), EXIT.usage);
  }
}

export function problemsText(path: string, problems: readonly RuleSetProblem[]): string {
  return problems.map((problem) => problemLine(path, problem)).join('\n');
}

function problemLine(
  path: string,
  { line, column, path: where, problem, suggestion }: RuleSetProblem,
): string {
  const at = where === '' ? '' : ` ${where}`;
  return `${path}:${line}:${column}${at} ${problem}${suggestion === null ? '' : ` (${suggestion})`}`;
}
