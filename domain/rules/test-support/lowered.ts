import type { FieldType, FieldValue } from '../../transaction.ts';
import { checkExpression } from '../expression-check.ts';
import { lowerNumber, lowerString } from '../expression-lower.ts';
import type { Scope, Slot } from '../scope.ts';

export type Values = Record<string, FieldValue | undefined>;

export const TYPES: Record<string, FieldType> = {
  x: 'number',
  y: 'number',
  z: 'number',
  i: 'number',
  j: 'number',
  p: 'boolean',
  q: 'boolean',
  s: 'string',
  t: 'string',
};

/** The value of an expression over these values, undefined where it is missing. */
function lowered(source: string, values: Values, type: FieldType): FieldValue | undefined {
  const checked = checkExpression(source, new Map(Object.entries(TYPES)), type);
  if ('problems' in checked) throw new Error(`${source}: ${JSON.stringify(checked.problems)}`);
  const scope: Scope = { numbers: new Float64Array(16), strings: [] };
  const layout = new Map<string, Slot>();
  Object.entries(TYPES).forEach(([name, of], index) => {
    layout.set(name, { type: of, index });
    const value = values[name];
    if (of === 'string') scope.strings[index] = value as string | undefined;
    else scope.numbers[index] = value === undefined ? Number.NaN : Number(value);
  });
  // What runs is what comes back from the store.
  const tree = JSON.parse(JSON.stringify(checked.expression.tree));
  if (type === 'string') return lowerString(tree, layout)(scope);
  const value = lowerNumber(tree, layout)(scope);
  if (Number.isNaN(value)) return undefined;
  return type === 'boolean' ? value === 1 : value;
}

export const number = (source: string, values: Values = {}) => lowered(source, values, 'number');
export const boolean = (source: string, values: Values = {}) => lowered(source, values, 'boolean');
