import type { FeatureValue } from '../facts.ts';
import { keptBy } from '../rules/rule-set.ts';
import type { Layout, Scope } from '../rules/scope.ts';
import type { PlacedFeature } from './feature-fold.ts';

/** Puts the values a transaction is stamped with into the scope, and to their places among the decision's values. */
export type StampReader = (stamps: readonly FeatureValue[], scope: Scope, values: FeatureValue[]) => void;

/** What a transaction is stamped with where every feature is kept by account. */
export const NO_STAMPS: readonly FeatureValue[] = [];

/** Those of entities come first, then those of lists. @param features all of the rule set */
export function stampReader(features: readonly PlacedFeature[], layout: Layout): StampReader {
  const kept = (by: 'entity' | 'list') => features.filter(({ definition }) => keptBy(definition) === by);
  const stamped = [...kept('entity'), ...kept('list')].map(({ definition, place }) => {
    return { ...layout.get(definition.name)!, place };
  });
  return (stamps, scope, values) => {
    if (stamps.length !== stamped.length) {
      throw new Error(`the transaction has ${stamps.length} stamps, the rule set takes ${stamped.length}`);
    }
    for (let i = 0; i < stamped.length; i++) {
      const { type, index, place } = stamped[i]!;
      const stamp = stamps[i]!;
      values[place] = stamp;
      if (type === 'string') scope.strings[index] = (stamp as string | null) ?? undefined;
      // A sum beyond 2^53-1 is stamped in decimal, and rounded here once.
      else scope.numbers[index] = stamp === null ? Number.NaN : Number(stamp);
    }
  };
}
