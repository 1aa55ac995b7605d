import { isLearntField } from '../amendment.ts';
import { TRANSACTION_FIELDS } from '../transaction.ts';
import { FUNCTIONS } from './expression-types.ts';

export const FEATURE_NAME = /^[a-z][a-z0-9_]{0,63}$/;
export const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const OPERATOR_WORDS: ReadonlySet<string> = new Set(
  'and or not xor mod to in true false null undefined NaN Infinity AND OR NOT And Or Not'.split(' '),
);

/** Columns of every table of decisions: a feature of that name could not be told from them. */
const DECISION_COLUMNS: ReadonlySet<string> = new Set(['revision', 'score', 'decision', 'reasons']);

/** Why a feature or a declared field may not be called that; null if it may. */
export function nameTaken(name: string): string | null {
  if (Object.hasOwn(TRANSACTION_FIELDS, name)) return 'is the name of a transaction field';
  if (isLearntField(name)) return 'is the name of what is learnt of a transaction later';
  if (FUNCTIONS.has(name)) return 'is the name of a function';
  if (OPERATOR_WORDS.has(name)) return 'is a word of the expression language';
  if (DECISION_COLUMNS.has(name)) return 'is the name of a column of every decision';
  // constructor, valueOf, …: as a key of an object they are there before anyone has put them.
  if (name in Object.prototype) return 'is a word that has a meaning of its own to JavaScript';
  return null;
}
