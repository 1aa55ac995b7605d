import { resolveZone } from '../local-time/resolve-zone.ts';
import type { Zones } from '../local-time/zone-offsets.ts';
import { type FieldType, TRANSACTION_FIELDS } from '../transaction.ts';
import { listOf, mapOf } from './document-parts.ts';
import { checkExamples } from './example-check.ts';
import type { Symbols } from './expression-check.ts';
import { checkFeatures } from './feature-list-check.ts';
import { checkNamedScores } from './named-score-check.ts';
import { FIELD_NAME, nameTaken } from './names.ts';
import { checkAlerts, checkRules, checkThresholds } from './rule-check.ts';
import type { RuleSet, RuleSetProblem } from './rule-set.ts';
import { readRuleSetDocument } from './rule-set-document.ts';
import { RuleSetProblems } from './rule-set-problems.ts';
import { ruleSetShape } from './rule-set-shape.ts';
import { SEMANTICS } from './semantics.ts';
import { zonesRead } from './zones-read.ts';

/** Each is some kilobytes in the checked rule set. */
export const MAX_ZONES = 16;

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
  const scores = checkNamedScores(mapOf(parts.scores), symbols, problems);
  const thresholds = checkThresholds(parts.thresholds, problems);
  const alerts = checkAlerts(parts.alerts, listOf(parts.rules), problems);
  const examples = checkExamples(listOf(parts.tests), listOf(parts.rules), features.definitions, problems);
  const zones = zonesRead({
    features: features.definitions,
    expressions: [
      ...rules.map(({ when }) => when),
      ...(score === undefined ? [] : [score]),
      ...scores.map(({ value }) => value),
    ],
  });
  if (zones.length > MAX_ZONES) problems.add([], `reads ${zones.length} time zones, more than ${MAX_ZONES}`);
  if (!problems.isEmpty || top === undefined || thresholds === undefined) return { problems: problems.list };
  return {
    ruleSet: {
      name: top.name,
      description: top.description ?? null,
      semantics: SEMANTICS,
      fields: Object.fromEntries(fields) as Record<string, FieldType>,
      ...(zones.length === 0 ? {} : { zones: resolved(zones) }),
      features: features.definitions,
      rules,
      score: score ?? null,
      ...(scores.length === 0 ? {} : { scores }),
      thresholds,
      ...(alerts === undefined ? {} : { alerts }),
      examples,
    },
  };
}

/** The zones with their offsets as they are known now: they stay so for this rule set. */
const resolved = (names: readonly string[]): Zones =>
  Object.fromEntries(names.map((name) => [name, resolveZone(name)]));

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
        Object.hasOwn(TRANSACTION_FIELDS, name) ? 'leave it out: it is known' : 'choose another name',
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
