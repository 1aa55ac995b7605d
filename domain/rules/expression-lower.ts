import { compare } from './lower-comparison.ts';
import { applyNumeric } from './lower-numeric.ts';
import type { Expression } from './rule-set.ts';
import type { Layout, NumberReader, Slot, StringReader } from './scope.ts';

/**
 * The closure that computes a checked expression of type number or boolean.
 * @throws if the tree names what the layout does not hold, or is no tree of these semantics
 */
export function lowerNumber(tree: Expression, layout: Layout): NumberReader {
  switch (tree.kind) {
    case 'number':
      return constant(tree.value);
    case 'boolean':
      return constant(tree.value ? 1 : 0);
    case 'symbol':
      return numberAt(slotOf(tree, layout).index);
    case 'call':
      return lowerCall(tree, layout);
    default:
      throw new Error(`an expression of type ${tree.type} is no number`);
  }
}

/**
 * The closure that computes a checked expression of type string.
 * @throws as lowerNumber
 */
export function lowerString(tree: Expression, layout: Layout): StringReader {
  if (tree.kind === 'string') return () => tree.value;
  if (tree.kind === 'symbol' && tree.type === 'string') return stringAt(slotOf(tree, layout).index);
  if (tree.kind === 'call' && tree.name === 'coalesce') {
    return tree.args
      .map((arg) => lowerString(arg, layout))
      .reduceRight((otherwise, reader) => {
        return (scope) => reader(scope) ?? otherwise(scope);
      });
  }
  if (tree.kind === 'call' && tree.name === 'if') {
    const condition = lowerNumber(tree.args[0]!, layout);
    const whenTrue = lowerString(tree.args[1]!, layout);
    const whenFalse = lowerString(tree.args[2]!, layout);
    return (scope) => {
      const met = condition(scope);
      return met === 1 ? whenTrue(scope) : met === 0 ? whenFalse(scope) : undefined;
    };
  }
  throw new Error(`an expression of type ${tree.type} is no string`);
}

type Call = Expression & { kind: 'call' };

function lowerCall(tree: Call, layout: Layout): NumberReader {
  const { name, args } = tree;
  switch (name) {
    case 'has':
      return has(args[0]!, layout);
    case 'oneOf':
      return oneOf(args, layout);
    case 'equal':
    case 'unequal':
      return args[0]!.type === 'string' ? equalStrings(tree, layout) : lowerComparison(tree, layout);
    case 'smaller':
    case 'smallerEq':
    case 'larger':
    case 'largerEq':
      return lowerComparison(tree, layout);
    default:
      return applyNumeric(
        name,
        args.map((arg) => lowerNumber(arg, layout)),
      );
  }
}

function lowerComparison(tree: Call, layout: Layout): NumberReader {
  const [left, right] = tree.args as [Expression, Expression];
  const value = right.kind === 'number' ? right.value : undefined;
  return compare(tree.name, lowerNumber(left, layout), lowerNumber(right, layout), value);
}

function equalStrings(tree: Call, layout: Layout): NumberReader {
  const [left, right] = tree.args.map((arg) => lowerString(arg, layout)) as [StringReader, StringReader];
  const whenEqual = tree.name === 'equal' ? 1 : 0;
  return (scope) => {
    const a = left(scope);
    const b = right(scope);
    if (a === undefined || b === undefined) return Number.NaN;
    return a === b ? whenEqual : 1 - whenEqual;
  };
}

function has(of: Expression, layout: Layout): NumberReader {
  if (of.type === 'string') {
    const reader = lowerString(of, layout);
    return (scope) => (reader(scope) === undefined ? 0 : 1);
  }
  const reader = lowerNumber(of, layout);
  return (scope) => (Number.isNaN(reader(scope)) ? 0 : 1);
}

function oneOf(args: Expression[], layout: Layout): NumberReader {
  const [of, ...options] = args as [Expression, ...Expression[]];
  const values = new Set(options.map(literalOf));
  if (of.type === 'string') {
    const reader = lowerString(of, layout);
    return (scope) => {
      const value = reader(scope);
      return value === undefined ? Number.NaN : values.has(value) ? 1 : 0;
    };
  }
  const reader = lowerNumber(of, layout);
  return (scope) => {
    const value = reader(scope);
    return Number.isNaN(value) ? Number.NaN : values.has(value) ? 1 : 0;
  };
}

function literalOf(option: Expression): string | number {
  if (option.kind === 'string' || option.kind === 'number') return option.value;
  if (option.kind === 'boolean') return option.value ? 1 : 0;
  throw new Error('oneOf compares with fixed values only');
}

function constant(value: number): NumberReader {
  return () => value;
}

function numberAt(index: number): NumberReader {
  return (scope) => scope.numbers[index]!;
}

function stringAt(index: number): StringReader {
  return (scope) => scope.strings[index];
}

function slotOf(symbol: Expression & { kind: 'symbol' }, layout: Layout): Slot {
  const slot = layout.get(symbol.name);
  if (slot === undefined) throw new Error(`the scope holds no "${symbol.name}"`);
  if (slot.type !== symbol.type) {
    throw new Error(`"${symbol.name}" is ${slot.type} in the scope, ${symbol.type} in the expression`);
  }
  return slot;
}
