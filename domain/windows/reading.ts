import type { FeatureValue } from '../facts.ts';
import type { AccountWindows, Row } from './account-windows.ts';

/**
 * How a feature is read once its window stands at the scored transaction's time. A record of functions, so that
 * V8 sees one shape whatever the aggregate.
 */
export interface Reading {
  /** As a rule reads it: numbers and booleans (1, 0), NaN where missing. */
  number: (windows: AccountWindows, scored: Row) => number;
  /** As it is recorded, given the number just read; without it, the number, or null where that is NaN. */
  recorded: ((windows: AccountWindows, number: number) => FeatureValue) | null;
  /** As a rule reads and the decision records it, of a feature that is text; it has no number then. */
  text: ((windows: AccountWindows) => string | undefined) | null;
}

export function numeric(number: Reading['number']): Reading {
  return { number, recorded: null, text: null };
}

export function boolean(number: Reading['number']): Reading {
  return { number, recorded: (_, number) => (Number.isNaN(number) ? null : number === 1), text: null };
}

/** A whole number that may be beyond 2^53-1: then it is recorded in decimal. */
export function whole(number: Reading['number'], exact: (windows: AccountWindows) => bigint): Reading {
  return {
    number,
    recorded: (windows, number) => (number <= Number.MAX_SAFE_INTEGER ? number : exact(windows).toString()),
    text: null,
  };
}

export function textual(text: NonNullable<Reading['text']>): Reading {
  return { number: () => Number.NaN, recorded: null, text };
}
