import type { FunctionName } from './rule-set.ts';
import type { NumberReader } from './scope.ts';

/**
 * Exact comparison of two numbers or booleans: 1, 0, or NaN where one side is missing.
 * @param constant the right side, if it is one: most rules compare a feature with a limit, and that shape
 *   saves a call
 */
export function compare(
  name: FunctionName,
  left: NumberReader,
  right: NumberReader,
  constant: number | undefined,
): NumberReader {
  if (constant !== undefined) return compareWithConstant(name, left, constant);
  switch (name) {
    case 'larger':
      return larger(left, right);
    case 'largerEq':
      return largerEq(left, right);
    case 'smaller':
      return larger(right, left);
    case 'smallerEq':
      return largerEq(right, left);
    case 'equal':
      return equal(left, right, 1);
    case 'unequal':
      return equal(left, right, 0);
    default:
      throw new Error(`"${name}" compares nothing`);
  }
}

function larger(left: NumberReader, right: NumberReader): NumberReader {
  return (scope) => {
    const a = left(scope);
    const b = right(scope);
    return a > b ? 1 : a <= b ? 0 : Number.NaN;
  };
}

function largerEq(left: NumberReader, right: NumberReader): NumberReader {
  return (scope) => {
    const a = left(scope);
    const b = right(scope);
    return a >= b ? 1 : a < b ? 0 : Number.NaN;
  };
}

function equal(left: NumberReader, right: NumberReader, whenEqual: number): NumberReader {
  return (scope) => {
    const a = left(scope);
    const b = right(scope);
    if (a === b) return whenEqual;
    return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : 1 - whenEqual;
  };
}

function compareWithConstant(name: FunctionName, left: NumberReader, limit: number): NumberReader {
  switch (name) {
    case 'larger':
      return (scope) => {
        const a = left(scope);
        return a > limit ? 1 : a <= limit ? 0 : Number.NaN;
      };
    case 'largerEq':
      return (scope) => {
        const a = left(scope);
        return a >= limit ? 1 : a < limit ? 0 : Number.NaN;
      };
    case 'smaller':
      return (scope) => {
        const a = left(scope);
        return a < limit ? 1 : a >= limit ? 0 : Number.NaN;
      };
    case 'smallerEq':
      return (scope) => {
        const a = left(scope);
        return a <= limit ? 1 : a > limit ? 0 : Number.NaN;
      };
    case 'equal':
      return (scope) => {
        const a = left(scope);
        return a === limit ? 1 : Number.isNaN(a) ? Number.NaN : 0;
      };
    case 'unequal':
      return (scope) => {
        const a = left(scope);
        return a === limit ? 0 : Number.isNaN(a) ? Number.NaN : 1;
      };
    default:
      throw new Error(`"${name}" compares nothing`);
  }
}
