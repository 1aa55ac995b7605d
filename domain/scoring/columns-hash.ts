import { createHash } from 'node:crypto';
import type { RuleSet } from '../rules/rule-set.ts';

/** Goes up when snapshots of other columns, or in other bytes, are written. */
const COLUMNS_FORMAT = 3;

/** Names and rules do not change what the columns hold; the order of the features and the types of attributes do. */
export function columnsHash(ruleSet: RuleSet): string {
  const held = ruleSet.features.map(({ name: _name, where, ...definition }) => [
    definition,
    where?.source ?? null,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([COLUMNS_FORMAT, ruleSet.semantics, ruleSet.fields, held]))
    .digest('hex')
    .slice(0, 16);
}
