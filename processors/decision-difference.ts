import { isDeepStrictEqual } from 'node:util';
import type { Decision } from '../domain/decision.ts';
import type { RuleHit } from '../domain/facts.ts';
import type { RuleSet } from '../domain/rules/rule-set.ts';

/**
 * What a recorded decision says otherwise than the one recomputed, a sentence each, features and rules by name;
 * empty where they agree.
 */
export function decisionDifferences(recorded: Decision, recomputed: Decision, definition: RuleSet): string[] {
  if (isDeepStrictEqual(recorded, recomputed)) return [];
  const [was, is] = [recorded, recomputed].map(asJson) as [Decision, Decision];
  const { features: featuresWere, hits: hitsWere, ...restWas } = was;
  const { features, hits, ...rest } = is;
  return [
    ...fieldDifferences(restWas, rest),
    ...(isDeepStrictEqual(hitsWere, hits) ? [] : fieldDifferences(byRule(hitsWere), byRule(hits), 'rule ')),
    ...fieldDifferences(
      named(featuresWere, definition, features.length),
      named(features, definition, featuresWere.length),
      'feature ',
    ),
  ];
}

/** As decisionDifferences, of any two objects, by the names of their fields. */
export function fieldDifferences(recorded: object, recomputed: object, prefix = ''): string[] {
  const [was, is] = [recorded, recomputed] as Record<string, unknown>[];
  const names = new Set([...Object.keys(was!), ...Object.keys(is!)]);
  return [...names].flatMap((name) =>
    isDeepStrictEqual(was![name], is![name])
      ? []
      : [`${prefix}${name}: recorded ${shown(was![name])}, recomputed ${shown(is![name])}`],
  );
}

/** As it comes back from being stored: what JSON does not tell apart is no difference. */
const asJson = (decision: Decision): unknown => JSON.parse(JSON.stringify(decision));

const byRule = (hits: RuleHit[]): object =>
  Object.fromEntries(hits.map(({ rule, points, reason }) => [rule, `${points} points, ${reason}`]));

function named(features: unknown[], definition: RuleSet, count: number): object {
  const length = Math.max(features.length, count);
  return Object.fromEntries(
    Array.from({ length }, (_, i) => [definition.features[i]?.name ?? `#${i}`, features[i]]),
  );
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
