import type { FieldType } from '../transaction.ts';

/**
 * What an expression reads: fields and features of one transaction, by index. Numbers and booleans (1, 0) share
 * one array in which NaN is missing; strings have their own in which undefined is missing.
 */
export interface Scope {
  numbers: Float64Array;
  strings: (string | undefined)[];
}

export interface Slot {
  type: FieldType;
  /** Into `numbers` for number and boolean, into `strings` for string. */
  index: number;
}

/** Where each symbol of a rule set stands in the scope. */
export type Layout = ReadonlyMap<string, Slot>;

/** Reads a number or a boolean (1, 0) out of a scope; NaN is missing. Total: never throws. */
export type NumberReader = (scope: Scope) => number;
/** Reads a string out of a scope; undefined is missing. Total: never throws. */
export type StringReader = (scope: Scope) => string | undefined;
