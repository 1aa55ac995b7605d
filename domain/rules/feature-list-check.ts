import type { FieldType } from '../transaction.ts';
import { conditionsOf } from './conditions-of.ts';
import type { Symbols } from './expression-check.ts';
import { checkFeature } from './feature-check.ts';
import { FEATURE_NAME, nameTaken } from './names.ts';
import type { FeatureDefinition } from './rule-set.ts';
import type { RuleSetProblems } from './rule-set-problems.ts';

export const MAX_FEATURES = 256;
/** Each event remembers in one bit of a word whether it fulfilled a condition. */
export const MAX_WHERES = 32;
/** All of them are in memory where transactions are stamped. */
export const MAX_LISTS = 32;

/**
 * Checks all features.
 * @returns the good ones, and the types of all by name: null for one at fault, so that rules reading it are
 *   not blamed too
 */
export function checkFeatures(
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
  const wheres = new Set(definitions.flatMap(conditionsOf).map(({ tree }) => JSON.stringify(tree)));
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
  const lists = new Set(definitions.flatMap(({ list }) => list ?? []));
  if (lists.size > MAX_LISTS) {
    problems.add(['features'], `asks ${lists.size} lists, more than ${MAX_LISTS}`, null, { key: true });
  }
  return { definitions, types };
}
