import {
  factData,
  type ListChanged,
  type ListDefined,
  type ListEntry,
  listChanged,
  NO_STREAM,
  type StoredFact,
  UnknownSchemaVersion,
} from '../facts.ts';
import { occurredAtMs } from '../occurred-at.ts';
import { BrokenOrder } from '../scoring/account-state.ts';

/** A value on a list, and the change that put it there as it is. */
export interface HeldEntry extends ListEntry {
  /** Transactions that occurred before this see it; Infinity where it does not expire. */
  expiresAtMs: number;
  change: ListVersion;
}

/** A version of a list: that which a fact made. */
export interface ListVersion extends Pick<ListChanged, 'by' | 'at'> {
  /** Counted by facts: 1 is the first definition. */
  version: number;
  /** Of the fact in the store. */
  position: number;
}

/** A list as of one of its facts: a fold of its stream. */
export class ListState {
  /** Null before the list was defined: nothing is on it. */
  defined: ListDefined | null = null;
  revision = NO_STREAM;
  /** Of the last fact folded in; 0 before the first. */
  position = 0;
  readonly entries = new Map<string, HeldEntry>();

  /** 0 before the list was defined. */
  get version(): number {
    return this.revision + 1;
  }

  /** Folds in the next fact of the list's stream. @throws BrokenOrder, UnknownSchemaVersion */
  apply(fact: StoredFact): void {
    const { stream, revision } = fact;
    if (revision !== this.revision + 1) throw new BrokenOrder(stream, this.revision + 1, revision);
    if (fact.type === 'ListDefined') this.defined = factData<ListDefined>(fact);
    else if (fact.type === 'ListChanged') {
      const changed = listChanged(fact);
      const { by, at } = changed;
      this.change(changed, { version: revision + 1, position: fact.position, by, at });
    } else throw new UnknownSchemaVersion(fact);
    this.revision = revision;
    this.position = fact.position;
  }

  /** Whether a transaction that occurred at that time, and has the value, is listed. */
  isListed(value: string, occurredMs: number): boolean {
    const entry = this.entries.get(value);
    return entry !== undefined && occurredMs < entry.expiresAtMs;
  }

  /** Takes values off, and puts others on. */
  change({ added, removed }: Pick<ListChanged, 'added' | 'removed'>, change: ListVersion): void {
    for (const value of removed) this.entries.delete(value);
    for (const entry of added) {
      const expiresAtMs = entry.expiresAt === null ? Infinity : occurredAtMs(entry.expiresAt);
      this.entries.set(entry.value, { ...entry, expiresAtMs, change });
    }
  }
}
