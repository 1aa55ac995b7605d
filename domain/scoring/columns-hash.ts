import { createHash } from 'node:crypto';
import { offsetsOf } from '../local-time/zone-offsets.ts';
import type { FeatureDefinition, RuleSet } from '../rules/rule-set.ts';
import { zonesRead } from '../rules/zones-read.ts';

/** Goes up when snapshots of other columns, or in other bytes, are written. */
const COLUMNS_FORMAT = 5;

/** Names and rules do not change what the columns hold; the order of the features and the types of attributes do. */
export function columnsHash(
  { semantics, fields, zones = {} }: RuleSet,
  definitions: readonly FeatureDefinition[],
): string {
  const held = definitions.map(({ name: _name, where, ...definition }) => [
    definition,
    where?.source ?? null,
  ]);
  const offsets = zonesRead({ features: definitions, expressions: [] }).map((zone) => offsetsOf(zones, zone));
  return createHash('sha256')
    .update(JSON.stringify([COLUMNS_FORMAT, semantics, fields, held, ...offsets]))
    .digest('hex')
    .slice(0, 16);
}
