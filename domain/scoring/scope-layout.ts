import type { Expression, RuleSet } from '../rules/rule-set.ts';
import type { Layout, Scope, Slot } from '../rules/scope.ts';
import { type FieldType, TRANSACTION_FIELDS } from '../transaction.ts';

export interface ScopeLayout {
  layout: Layout;
  /** The transaction fields and attributes in it: all that features or expressions read. */
  fields: string[];
  /** A scope with room for all. */
  open(): Scope;
}

/** Gives every field and feature that a rule set reads its place in the scope. */
export function scopeLayout(ruleSet: RuleSet): ScopeLayout {
  const layout = new Map<string, Slot>();
  const next = { numbers: 0, strings: 0 };
  const place = (name: string, type: FieldType) => {
    const index = type === 'string' ? next.strings++ : next.numbers++;
    layout.set(name, { type, index });
  };
  for (const feature of ruleSet.features) place(feature.name, feature.type);
  const fields = [...fieldsRead(ruleSet)].filter((name) => !layout.has(name));
  for (const field of fields) place(field, fieldType(ruleSet, field));
  return {
    layout,
    fields,
    open: () => ({
      numbers: new Float64Array(next.numbers).fill(Number.NaN),
      strings: new Array<string | undefined>(next.strings).fill(undefined),
    }),
  };
}

/** @throws if neither a transaction nor the rule set's `fields` has it */
export function fieldType(ruleSet: RuleSet, field: string): FieldType {
  const declared = Object.hasOwn(ruleSet.fields, field) ? ruleSet.fields[field] : undefined;
  const own = Object.hasOwn(TRANSACTION_FIELDS, field) ? TRANSACTION_FIELDS[field] : undefined;
  const type = own ?? declared;
  if (type === undefined) throw new Error(`rule set ${ruleSet.name} reads "${field}", which is no field`);
  return type;
}

function fieldsRead(ruleSet: RuleSet): Set<string> {
  const names = new Set<string>();
  for (const feature of ruleSet.features) {
    if (feature.of !== null) names.add(feature.of);
    if (feature.where !== null) collectSymbols(feature.where.tree, names);
  }
  for (const rule of ruleSet.rules) collectSymbols(rule.when.tree, names);
  if (ruleSet.score !== null) collectSymbols(ruleSet.score.tree, names);
  return names;
}

function collectSymbols(tree: Expression, names: Set<string>): void {
  if (tree.kind === 'symbol') names.add(tree.name);
  if (tree.kind === 'call') for (const arg of tree.args) collectSymbols(arg, names);
}
