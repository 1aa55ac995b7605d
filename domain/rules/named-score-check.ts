import type { Symbols } from './expression-check.ts';
import { FEATURE_NAME, nameTaken } from './names.ts';
import type { NamedScore } from './rule-set.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';
import { expressionSource } from './rule-set-shape.ts';

export const MAX_NAMED_SCORES = 16;

/** @param symbols what the expressions may read, and so what no score may be called */
export function checkNamedScores(
  scores: Record<string, unknown>,
  symbols: Symbols,
  problems: RuleSetProblems,
): NamedScore[] {
  const entries = Object.entries(scores);
  if (entries.length > MAX_NAMED_SCORES) {
    problems.add(['scores'], `holds ${entries.length} scores, more than ${MAX_NAMED_SCORES}`, null, {
      key: true,
    });
  }
  return entries.slice(0, MAX_NAMED_SCORES).flatMap(([name, value]) => {
    const path = ['scores', name];
    const problem = nameProblem(name, symbols);
    if (problem !== null) problems.add(path, problem, 'choose another name', { key: true });
    const source = expressionSource.safeParse(value);
    if (!source.success) {
      return (
        problems.add(path, 'must be an expression', 'a number reckoned from features, as in a + 2 * b') ?? []
      );
    }
    const checked = problems.expression(source.data, symbols, 'number', path);
    return checked === undefined ? [] : [{ name, value: checked }];
  });
}

function nameProblem(name: string, symbols: Symbols): string | null {
  if (!FEATURE_NAME.test(name)) {
    return 'must be 1 to 64 small letters, digits and "_", beginning with a letter';
  }
  return nameTaken(name) ?? (symbols.has(name) ? 'is the name of a feature or field' : null);
}
