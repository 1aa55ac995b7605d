import { type FieldType, TRANSACTION_FIELDS } from '../transaction.ts';
import { checkExample } from './example-check.ts';
import type { Symbols } from './expression-check.ts';
import { checkFeature } from './feature-check.ts';
import { FEATURE_NAME, FIELD_NAME, nameTaken } from './names.ts';
import type { FeatureDefinition, RuleDefinition, RuleExample, RuleSet, RuleSetProblem } from './rule-set.ts';
import { readRuleSetDocument } from './rule-set-document.ts';
import { RuleSetProblems } from './rule-set-problems.ts';
import { ruleSetShape, ruleShape, thresholdsShape } from './rule-set-shape.ts';
import { SEMANTICS } from './semantics.ts';

export const MAX_FEATURES = 256;
export const MAX_RULES = 512;
export const MAX_WHERES = 32;
export const MAX_EXAMPLES = 256;
/** They are stored with the rule set, written out. */
export const MAX_EXAMPLE_TRANSACTIONS = 10_000;
export const SCORE_UNDEFINED = 'SCORE_UNDEFINED';

/**
 * Reads and checks a rule set.
 * @param source the YAML
 * @returns the checked rule set, or everything that is wrong with it, in the order of the document
 */
export function parseRuleSet(source: string): { ruleSet: RuleSet } | { problems: RuleSetProblem[] } {
  const document = readRuleSetDocument(source);
  if ('problems' in document) return document;
  const problems = new RuleSetProblems(document);
  const top = problems.shaped(ruleSetShape, document.value, []);
  // Parts of the right kind are looked into even where the top as a whole is not in order.
  const parts = mapOf(document.value);
  const fields = checkFields(mapOf(parts.fields), problems);
  const eventFields: Symbols = new Map([...Object.entries(TRANSACTION_FIELDS), ...fields]);
  const features = checkFeatures(mapOf(parts.features), eventFields, problems);
  const symbols: Symbols = new Map([...eventFields, ...features.types]);
  const rules = checkRules(listOf(parts.rules), symbols, parts.score !== undefined, problems);
  const score =
    top?.score === undefined ? undefined : problems.expression(top.score, symbols, 'number', ['score']);
  const thresholds = checkThresholds(parts.thresholds, problems);
  const examples = checkExamples(listOf(parts.tests), listOf(parts.rules), problems);
  if (!problems.isEmpty || top === undefined || thresholds === undefined) return { problems: problems.list };
  return {
    ruleSet: {
      name: top.name,
      description: top.description ?? null,
      semantics: SEMANTICS,
      fields: Object.fromEntries(fields) as Record<string, FieldType>,
      features: features.definitions,
      rules,
      score: score ?? null,
      thresholds,
      examples,
    },
  };
}

/** Declared attributes; null for one whose type is wrong, so that rules reading it are not blamed too. */
function checkFields(
  fields: Record<string, unknown>,
  problems: RuleSetProblems,
): Map<string, FieldType | null> {
  const types = new Map<string, FieldType | null>();
  for (const [name, type] of Object.entries(fields)) {
    const path = ['fields', name];
    const taken = nameTaken(name);
    if (!FIELD_NAME.test(name)) {
      problems.add(path, 'must be 1 to 64 letters, digits and "_", beginning with a letter', null, {
        key: true,
      });
    } else if (taken !== null) {
      problems.add(
        path,
        taken,
        name in TRANSACTION_FIELDS ? 'leave it out: it is known' : 'choose another name',
        {
          key: true,
        },
      );
      continue;
    }
    const known = type === 'number' || type === 'string' || type === 'boolean';
    if (!known) problems.add(path, `must be number, string or boolean, not ${JSON.stringify(type)}`);
    types.set(name, known ? type : null);
  }
  return types;
}

function checkFeatures(
  features: Record<string, unknown>,
  eventFields: Symbols,
  problems: RuleSetProblems,
): { definitions: FeatureDefinition[]; types: Map<string, FieldType | null> } {
  const names = Object.keys(features);
  if (names.length > MAX_FEATURES) {
    problems.add(['features'], `holds ${names.length} features, more than ${MAX_FEATURES}`, null, {
      key: true,
    });
  }
  const definitions: FeatureDefinition[] = [];
  const types = new Map<string, FieldType | null>();
  for (const name of names) {
    const taken = eventFields.has(name) ? 'is the name of a field' : nameTaken(name);
    if (taken !== null) {
      problems.add(['features', name], taken, 'choose another name', { key: true });
    } else if (!FEATURE_NAME.test(name)) {
      const problem = 'must be 1 to 64 small letters, digits and "_", beginning with a letter';
      problems.add(['features', name], problem, null, { key: true });
    }
    const definition = checkFeature(name, features[name], eventFields, names, problems);
    if (definition !== undefined) definitions.push(definition);
    if (!eventFields.has(name)) types.set(name, definition?.type ?? null);
  }
  const wheres = new Set(
    definitions.flatMap(({ where }) => (where === null ? [] : JSON.stringify(where.tree))),
  );
  if (wheres.size > MAX_WHERES) {
    problems.add(
      ['features'],
      `has ${wheres.size} different where conditions, more than ${MAX_WHERES}`,
      null,
      {
        key: true,
      },
    );
  }
  return { definitions, types };
}

function checkRules(
  rules: unknown[],
  symbols: Symbols,
  hasScore: boolean,
  problems: RuleSetProblems,
): RuleDefinition[] {
  if (rules.length > MAX_RULES) {
    problems.add(['rules'], `holds ${rules.length} rules, more than ${MAX_RULES}`, null, { key: true });
  }
  const ids = new Set<unknown>();
  return rules.slice(0, MAX_RULES).flatMap((value, i) => {
    const { id } = mapOf(value);
    if (ids.has(id)) problems.add(['rules', i, 'id'], `"${id}" is the id of an earlier rule too`);
    if (id !== undefined) ids.add(id);
    return checkRule(value, i, symbols, hasScore, problems) ?? [];
  });
}

function checkRule(
  value: unknown,
  index: number,
  symbols: Symbols,
  hasScore: boolean,
  problems: RuleSetProblems,
): RuleDefinition | undefined {
  const path = ['rules', index];
  const rule = problems.shaped(ruleShape, value, path);
  const source = rule?.when ?? mapOf(value).when;
  const when =
    typeof source === 'string'
      ? problems.expression(source, symbols, 'boolean', [...path, 'when'])
      : undefined;
  if (rule === undefined || when === undefined) return undefined;
  if (rule.points === undefined && !hasScore) {
    return problems.add([...path, 'points'], 'is missing', 'a number from -100 to 100, as in points: 40');
  }
  if (rule.reason === SCORE_UNDEFINED) {
    return problems.add([...path, 'reason'], 'is what a missing score is told by', 'choose another reason');
  }
  const { id, points = 0, reason, description = null } = rule;
  return { id, when, points, reason, description };
}

function checkThresholds(value: unknown, problems: RuleSetProblems): RuleSet['thresholds'] | undefined {
  const thresholds = problems.shaped(thresholdsShape, value, ['thresholds']);
  if (thresholds !== undefined && thresholds.review > thresholds.decline) {
    const problem = `must not be above decline (${thresholds.decline}), but is ${thresholds.review}`;
    return problems.add(['thresholds', 'review'], problem);
  }
  return thresholds;
}

function checkExamples(tests: unknown[], rules: unknown[], problems: RuleSetProblems): RuleExample[] {
  const reasons = new Set([...rules.map((rule) => String(mapOf(rule).reason)), SCORE_UNDEFINED]);
  if (tests.length > MAX_EXAMPLES) {
    problems.add(['tests'], `holds ${tests.length} tests, more than ${MAX_EXAMPLES}`, null, { key: true });
  }
  const examples = tests
    .slice(0, MAX_EXAMPLES)
    .flatMap((value, i) => checkExample(value, reasons, ['tests', i], problems) ?? []);
  const transactions = examples.reduce((sum, { given }) => sum + given.length, 0);
  if (transactions > MAX_EXAMPLE_TRANSACTIONS) {
    const problem = `make ${transactions} transactions in all, more than ${MAX_EXAMPLE_TRANSACTIONS}`;
    problems.add(['tests'], problem, null, { key: true });
  }
  return examples;
}

function mapOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
