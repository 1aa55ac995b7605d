import { isLearntField, LEARNT_FIELDS, type LearntField } from '../amendment.ts';
import { conditionsOf } from '../rules/conditions-of.ts';
import type { FeatureDefinition } from '../rules/rule-set.ts';
import { symbolsOf } from '../rules/symbols-of.ts';
import { ORDINAL } from './account-windows.ts';
import type { StoragePlan } from './storage-plan.ts';
import type { WindowPlan } from './window-plan.ts';

/** What the features read that may be learnt later, and what that takes. */
export interface LearntPlan {
  fields: ReadonlySet<LearntField>;
  /** Kept of every event where there are several: what is learnt of one does not undo what was learnt of another. */
  columns: LearntColumn[];
  /** The number column of the ordinal. */
  ordinalAt: number;
  /** Wheres that read a learnt field. */
  whereBits: number;
  /** What is learnt changes members that may come and go in any order; else the windows are moved back for it. */
  inPlace: boolean;
}

export interface LearntColumn {
  field: LearntField;
  kind: 'number' | 'label';
  index: number;
}

/** Null where nothing that is learnt later changes a feature. */
export function planLearnt(
  definitions: readonly FeatureDefinition[],
  places: StoragePlan,
  windows: WindowPlan,
): LearntPlan | null {
  const ofs = definitions.flatMap(({ of }) => (of !== null && isLearntField(of) ? [of] : []));
  const inWheres = definitions.flatMap(conditionsOf).flatMap(({ tree }) => symbolsOf(tree));
  const fields = new Set([...ofs, ...inWheres.filter(isLearntField)]);
  if (fields.size === 0) return null;
  const kept = fields.size > 1 ? [...fields] : ofs.slice(0, 1);
  const columns = kept.map((field): LearntColumn => {
    return LEARNT_FIELDS[field] === 'string'
      ? { field, kind: 'label', index: places.labelColumn(field) }
      : { field, kind: 'number', index: places.numberColumn(field) };
  });
  const whereBits = windows.bitsReading(fields);
  const areOrderFree = windows.edges.every((edge) =>
    edge.windows.every((window) => window.isOrderFree(whereBits)),
  );
  const inPlace = ofs.length === 0 && areOrderFree;
  return { fields, columns, ordinalAt: places.numberColumn(ORDINAL), whereBits, inPlace };
}
