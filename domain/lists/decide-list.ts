import type { ListChanged, ListDefined, ListEntry } from '../facts.ts';
import { occurredAtMs } from '../occurred-at.ts';
import { MOST_ENTRIES } from './list-limits.ts';
import type { ListState } from './list-state.ts';

export type ListDecision<T> =
  | { kind: 'append'; data: T }
  /** It is so already. */
  | { kind: 'nothing' }
  | { kind: 'refused'; problem: string };

export interface ListChange {
  add: readonly ListEntry[];
  remove: readonly string[];
}

/** Defines a list, or describes it anew: what it is of stays. */
export function decideDefinition(
  { defined }: ListState,
  { name, of, description }: Pick<ListDefined, 'name' | 'of' | 'description'>,
): ListDecision<Pick<ListDefined, 'name' | 'of' | 'description'>> {
  if (defined !== null && defined.of !== of) {
    const problem = `the list ${name} is of ${defined.of}, which cannot change: define another list of ${of}`;
    return { kind: 'refused', problem };
  }
  if (defined !== null && defined.description === description) return { kind: 'nothing' };
  return { kind: 'append', data: { name, of, description } };
}

/** What of a change is none yet: a repeat changes nothing. No value is named twice in it. */
export function decideChange(
  list: ListState,
  { add, remove }: ListChange,
): ListDecision<Pick<ListChanged, 'added' | 'removed'>> {
  const added = add.filter((entry) => !isSaid(list, entry));
  const removed = remove.filter((value) => list.entries.has(value));
  if (added.length + removed.length === 0) return { kind: 'nothing' };
  const fresh = added.filter(({ value }) => !list.entries.has(value)).length;
  const size = list.entries.size - removed.length + fresh;
  if (fresh > 0 && size > MOST_ENTRIES) {
    const problem = `the list would hold ${size} values, more than ${MOST_ENTRIES}: remove some, those that expired first`;
    return { kind: 'refused', problem };
  }
  return { kind: 'append', data: { added, removed } };
}

/** Whether the list says so of the value already. */
function isSaid({ entries }: ListState, { value, expiresAt, note }: ListEntry): boolean {
  const held = entries.get(value);
  if (held === undefined || held.note !== note) return false;
  return held.expiresAtMs === (expiresAt === null ? Infinity : occurredAtMs(expiresAt));
}
