import { describe, expect, test } from '@jest/globals';
import { MAX_DOCUMENT_CHARS } from './rule-set-document.ts';
import { parseRuleSet } from './rule-set-parse.ts';

/** `line:column path: problem` */
function problemsOf(source: string): string[] {
  const parsed = parseRuleSet(source);
  if ('ruleSet' in parsed) return [];
  return parsed.problems.map(({ line, column, path, problem }) => `${line}:${column} ${path}: ${problem}`);
}

describe('what is no rule set', () => {
  test.each([
    ['an empty document', '', /1:1 : must be a map/],
    ['a list', '- a\n- b', /must be a map/],
    ['a broken document', 'name: [a\nrules: }', /^\d+:\d+ : the YAML cannot be read: /],
    ['a key twice', 'name: a\nname: b', /^2:1 : the YAML cannot be read: Map keys must be unique/],
    ['two documents', 'name: a\n---\nname: b', /the YAML cannot be read/],
    ['a tag', 'name: !!js/function "x"', /the YAML cannot be read: Unresolved tag/],
    ['an alias to nothing', 'name: *gone', /the YAML cannot be read/],
    ['a prototype', 'name: a\n__proto__: { x: 1 }\n', /__proto__: is no key of this part/],
    ['brackets without end', '['.repeat(100_000), /nests deeper than 64 levels/],
    ['too much of it', '#'.repeat(MAX_DOCUMENT_CHARS + 1), /more than 262144/],
  ])('%s', (_title, source, expected) => {
    expect(problemsOf(source).join('\n')).toMatch(expected);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('an alias bomb', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) =>
        `a${i}: &a${i} [${Array(10)
          .fill(i === 0 ? 'x' : `*a${i - 1}`)
          .join(', ')}]`,
    );
    expect(problemsOf(levels.join('\n'))[0]).toMatch(/the YAML cannot be read: Excessive alias count/);
  });

  test('block nesting without end is refused, not followed', () => {
    const deep = Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n');
    expect(problemsOf(deep).length).toBeGreaterThan(0);
  });
});
