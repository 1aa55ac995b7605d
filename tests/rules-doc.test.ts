import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { checkExpression, type Symbols } from '../domain/rules/expression-check.ts';
import { FUNCTIONS } from '../domain/rules/expression-types.ts';
import { parseRuleSet } from '../domain/rules/rule-set-parse.ts';
import { failedExamples } from '../domain/scoring/run-examples.ts';
import { TRANSACTION_FIELDS } from '../domain/transaction.ts';

const doc = readFileSync(new URL('../docs/rules.md', import.meta.url), 'utf8');

/** The fenced blocks of a language, in order. */
const blocks = (language: string) =>
  [...doc.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2]!);

const [whole, ...parts] = blocks('yaml') as [string, ...string[]];

describe('docs/rules.md', () => {
  test('begins with a whole rule set', () => {
    expect(parseRuleSet(whole)).toHaveProperty('ruleSet');
  });

  test('shows other whole rule sets whose examples hold', () => {
    const others = parts.filter((part) => part.startsWith('name:'));
    expect(others).toHaveLength(1);
    for (const other of others) {
      const parsed = parseRuleSet(other);
      if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
      expect(parsed.ruleSet.examples).toHaveLength(2);
      expect(failedExamples(parsed.ruleSet)).toEqual([]);
    }
  });

  test('shows features and tests that are accepted where it shows only those', () => {
    const features = parts.filter((part) => !/^(?:tests|given|name):/.test(part));
    expect(features.length).toBeGreaterThan(1);
    for (const part of features) {
      const inPlace = whole.replace(/^features:$/m, `features:\n${part.replace(/^/gm, '  ')}`);
      expect(parseRuleSet(inPlace)).toHaveProperty('ruleSet');
    }
    const tests = parts.filter((part) => part.startsWith('tests:'));
    expect(tests).toHaveLength(1);
    expect(parseRuleSet(whole.replace(/^tests:[\s\S]*/m, tests[0]!))).toHaveProperty('ruleSet');
    const given = parts.filter((part) => part.startsWith('given:'));
    expect(given).toHaveLength(2);
    const asking = parts.find((part) => part.includes('aggregate: listed'))!;
    const withLists = whole.replace(/^features:$/m, `features:\n${asking.replace(/^/gm, '  ')}`);
    for (const history of given) {
      const example = `tests:\n  - name: x\n${history.replace(/^/gm, '    ')}\n    then: { score: 0 }\n`;
      expect(parseRuleSet(withLists.replace(/^tests:[\s\S]*/m, example))).toHaveProperty('ruleSet');
    }
  });

  test('shows expressions that are accepted', () => {
    const numbers = ['mean_30d', 'stddev_30d', 'payments_30d', 'count_24h', 'count_1h', 'since_last'];
    const symbols: Symbols = new Map([
      ...Object.entries(TRANSACTION_FIELDS),
      ...[...numbers, 'last_latitude', 'last_longitude'].map((name) => [name, 'number'] as const),
    ]);
    const expressions = blocks('').flatMap((block) => block.trim().split('\n'));
    expect(expressions.length).toBeGreaterThan(4);
    for (const source of expressions)
      expect(checkExpression(source, symbols, 'boolean')).toHaveProperty('expression');
  });

  test('tells of every function and every field', () => {
    for (const name of FUNCTIONS.keys()) expect(doc).toContain(`\`${name}(`);
    for (const name of Object.keys(TRANSACTION_FIELDS)) expect(doc).toContain(`\`${name}\``);
  });
});
