import { isLearntField, LEARNT_FIELDS } from '../amendment.ts';
import { localField } from '../local-time/local-field.ts';
import type { Zones } from '../local-time/zone-offsets.ts';
import { conditionsOf, valuesOf } from '../rules/conditions-of.ts';
import type { FeatureDefinition, RuleSet, SourcedExpression } from '../rules/rule-set.ts';
import type { Layout, Scope, Slot } from '../rules/scope.ts';
import { symbolsOf } from '../rules/symbols-of.ts';
import { type FieldType, TRANSACTION_FIELDS } from '../transaction.ts';
import { ORDINAL } from '../windows/account-windows.ts';

/** What a scope is laid out for: features, and the expressions that read them and the fields of the transaction. */
export interface ScopeUse {
  features: readonly FeatureDefinition[];
  expressions: readonly SourcedExpression[];
}

export interface ScopeLayout {
  layout: Layout;
  /** The transaction fields and attributes in it: all that features or expressions read. */
  fields: string[];
  /** What local clocks are read by. */
  zones: Zones;
  /** A scope with room for all. */
  open(): Scope;
}

/** Gives every field and feature that is read its place in the scope. */
export function scopeLayout(ruleSet: RuleSet, use: ScopeUse): ScopeLayout {
  const layout = new Map<string, Slot>();
  const next = { numbers: 0, strings: 0 };
  const place = (name: string, type: FieldType) => {
    const index = type === 'string' ? next.strings++ : next.numbers++;
    layout.set(name, { type, index });
  };
  for (const feature of use.features) place(feature.name, feature.type);
  const fields = [...fieldsRead(use)].filter((name) => !layout.has(name));
  for (const field of fields) place(field, fieldType(ruleSet, field));
  place(ORDINAL, 'number');
  return {
    layout,
    fields,
    zones: ruleSet.zones ?? {},
    open: () => ({
      numbers: new Float64Array(next.numbers).fill(Number.NaN),
      strings: new Array<string | undefined>(next.strings).fill(undefined),
    }),
  };
}

/** @throws if neither a transaction nor the rule set's `fields` has it */
export function fieldType(ruleSet: RuleSet, field: string): FieldType {
  if (localField(field) !== undefined) return 'number';
  const declared = Object.hasOwn(ruleSet.fields, field) ? ruleSet.fields[field] : undefined;
  const own = Object.hasOwn(TRANSACTION_FIELDS, field) ? TRANSACTION_FIELDS[field] : undefined;
  const type = own ?? declared ?? (isLearntField(field) ? LEARNT_FIELDS[field] : undefined);
  if (type === undefined) throw new Error(`rule set ${ruleSet.name} reads "${field}", which is no field`);
  return type;
}

function fieldsRead({ features, expressions }: ScopeUse): Set<string> {
  const ofs = features.flatMap(valuesOf);
  const wheres = features.flatMap(conditionsOf);
  return new Set([...ofs, ...[...wheres, ...expressions].flatMap(({ tree }) => symbolsOf(tree))]);
}
