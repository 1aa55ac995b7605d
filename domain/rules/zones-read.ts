import { localField } from '../local-time/local-field.ts';
import { conditionsOf } from './conditions-of.ts';
import type { FeatureDefinition, SourcedExpression } from './rule-set.ts';
import { symbolsOf } from './symbols-of.ts';

/** The time zones that features and expressions read, each once. */
export function zonesRead({
  features,
  expressions,
}: {
  features: readonly FeatureDefinition[];
  expressions: readonly SourcedExpression[];
}): string[] {
  const calendars = features.flatMap(({ calendar }) => calendar?.zone ?? []);
  const wheres = features.flatMap(conditionsOf);
  const local = [...wheres, ...expressions].flatMap(({ tree }) => symbolsOf(tree)).map(localField);
  return [...new Set([...calendars, ...local.flatMap((field) => field?.zone ?? [])])];
}
