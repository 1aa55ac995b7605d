import type { FeatureDefinition, SourcedExpression } from './rule-set.ts';

/** Every condition that a feature looks at its events by. */
export function conditionsOf({ where, last, steps = [] }: FeatureDefinition): SourcedExpression[] {
  return [where, last?.among ?? null, ...steps.map((step) => step.where)].filter(
    (condition) => condition !== null,
  );
}

/** Every field whose values it looks at besides. */
export function valuesOf({ of, steps = [] }: FeatureDefinition): string[] {
  return [of, ...steps.map(({ firstSeen }) => firstSeen)].filter((field) => field !== null);
}

/** Met where all are; null for none. */
export function allOf(conditions: readonly (SourcedExpression | null)[]): SourcedExpression | null {
  return conditions.reduce((all, next) => {
    if (all === null || next === null) return all ?? next;
    const tree = { kind: 'call', name: 'and', args: [all.tree, next.tree], type: 'boolean' } as const;
    return { source: `(${all.source}) and (${next.source})`, tree: { ...tree, args: [...tree.args] } };
  }, null);
}
