import { distanceKm } from '../math/distance-km.ts';
import { exp, ln, log2, log10, pow } from '../math/transcendental.ts';
import type { FunctionName } from './rule-set.ts';
import type { NumberReader } from './scope.ts';

/** Arithmetic, functions and three-valued logic over numbers and booleans (1, 0); NaN is missing and propagates. */
export function applyNumeric(name: FunctionName, args: NumberReader[]): NumberReader {
  const [a, b, c, d] = args as [NumberReader, NumberReader, NumberReader, NumberReader];
  switch (name) {
    case 'add':
      return (scope) => finite(a(scope) + b(scope));
    case 'subtract':
      return (scope) => finite(a(scope) - b(scope));
    case 'multiply':
      return (scope) => finite(a(scope) * b(scope));
    case 'divide':
      return (scope) => finite(a(scope) / b(scope));
    case 'mod':
      return (scope) => floorMod(a(scope), b(scope));
    case 'pow':
      return (scope) => finite(pow(a(scope), b(scope)));
    case 'negate':
      return (scope) => -a(scope);
    case 'and':
      return and(a, b);
    case 'or':
      return or(a, b);
    case 'not':
      return (scope) => 1 - a(scope);
    case 'if':
      return conditional(a, b, c);
    case 'coalesce':
      return args.reduceRight((otherwise, reader) => coalesce(reader, otherwise));
    case 'min':
      return args.reduce((least, reader) => (scope) => Math.min(least(scope), reader(scope)));
    case 'max':
      return args.reduce((most, reader) => (scope) => Math.max(most(scope), reader(scope)));
    case 'distanceKm':
      return (scope) => distanceKm(a(scope), b(scope), c(scope), d(scope));
    default:
      return applyUnary(name, a);
  }
}

function applyUnary(name: FunctionName, a: NumberReader): NumberReader {
  switch (name) {
    case 'abs':
      return (scope) => Math.abs(a(scope));
    case 'round':
      return (scope) => roundHalfAway(a(scope));
    case 'floor':
      return (scope) => Math.floor(a(scope));
    case 'ceil':
      return (scope) => Math.ceil(a(scope));
    case 'sqrt':
      return (scope) => Math.sqrt(a(scope));
    case 'exp':
      return (scope) => finite(exp(a(scope)));
    case 'log':
      return (scope) => finite(ln(a(scope)));
    case 'log10':
      return (scope) => finite(log10(a(scope)));
    case 'log2':
      return (scope) => finite(log2(a(scope)));
    default:
      throw new Error(`these semantics have no function "${name}"`);
  }
}

/** A division by zero, an overflow, the logarithm of zero: what is not finite is missing. */
function finite(value: number): number {
  return value - value === 0 ? value : Number.NaN;
}

/** False as soon as one side is false, though the other be missing. */
function and(left: NumberReader, right: NumberReader): NumberReader {
  return (scope) => {
    const a = left(scope);
    if (a === 0) return 0;
    const b = right(scope);
    return b === 0 ? 0 : a * b;
  };
}

/** True as soon as one side is true, though the other be missing. */
function or(left: NumberReader, right: NumberReader): NumberReader {
  return (scope) => {
    const a = left(scope);
    if (a === 1) return 1;
    const b = right(scope);
    return b === 1 ? 1 : a + b;
  };
}

function conditional(condition: NumberReader, whenTrue: NumberReader, whenFalse: NumberReader): NumberReader {
  return (scope) => {
    const met = condition(scope);
    return met === 1 ? whenTrue(scope) : met === 0 ? whenFalse(scope) : Number.NaN;
  };
}

function coalesce(reader: NumberReader, otherwise: NumberReader): NumberReader {
  return (scope) => {
    const value = reader(scope);
    return Number.isNaN(value) ? otherwise(scope) : value;
  };
}

/** The remainder with the sign of the divisor, exact; missing where the divisor is 0. */
function floorMod(dividend: number, divisor: number): number {
  const remainder = dividend % divisor;
  return remainder !== 0 && remainder < 0 !== divisor < 0 ? remainder + divisor : remainder;
}

/** To the nearest integer, halves away from zero. */
function roundHalfAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}
