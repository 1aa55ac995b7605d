import type { FieldValue } from '../transaction.ts';
import { type CandidateDeque, openDeque } from './candidate-deque.ts';
import { Dictionary, type DictionaryDump } from './dictionary.ts';
import { ValueArchive } from './value-archive.ts';

/** How the memory of one account is laid out for a rule set; the same for all its accounts. */
export interface Storage {
  /** Initial values of the slots: edges of windows, counts, limbs of sums, each at its own place. */
  slots: number[];
  /** Fields kept of every event as numbers; booleans as 1 and 0, missing as NaN. */
  numbers: readonly string[];
  /** Fields kept of every event as numbers of a dictionary. */
  labels: readonly string[];
  /** Numbers noted at every row that are made of what came before it. */
  derived: number;
  /** For each label, how many aggregates count its values. */
  labelCounts: readonly number[];
  deques: number;
  archives: number;
}

/** What the history keeps of an event, in the order of the storage. */
export interface Row {
  timeMs: number;
  /** Bit i is set if the event meets the i-th `where` of the rule set. */
  whereBits: number;
  numbers: Float64Array;
  labels: (FieldValue | undefined)[];
  /** Of the labels that are there. */
  hashes: number[];
}

/** Slots every account has. */
export const NEWEST_AT = 0;
export const DROPPED_AT = 1;
export const FORGOTTEN_AT = 2;
export const MOVED_TO_AT = 3;
/** The first also makes V8 hold every account's array as bare doubles from the beginning. */
export const COMMON_SLOTS: readonly number[] = [-Infinity, -Infinity, -Infinity, -Infinity];

/**
 * A number kept of events of which something may be learnt later: by time and ordinal their row is found again. The
 * revision in the account's stream; of an entity's windows the position in the store.
 */
export const ORDINAL = '#ordinal';

/** Words of a row before its numbers: the time and the where bits. */
const FIXED_WORDS = 2;
/** Rows that have left are cleared away when they are a quarter of all words, and at least so many. */
const LEAST_DEAD_WORDS = 64;

/**
 * One account's events in the order of (time, revision), and the running state of every aggregate over them.
 *
 * All numbers are in one array, the slots first, then the rows in fixed width: most accounts are not in the
 * processor's cache when their transaction comes, and each further object would be a further wait for memory.
 * A plain array grows at its end at half the cost of a new typed array.
 *
 * Rows are named by a running number that does not change when older rows leave; when a late event is put in
 * its place, the numbers of the rows after it go up by one.
 */
export class AccountWindows {
  words: number[];
  /** Number of the oldest row held. */
  first = 0;
  /** One past the newest row. */
  end = 0;
  dictionaries: Dictionary[];
  readonly deques: CandidateDeque[];
  readonly archives: ValueArchive[];
  private readonly storage: Storage;
  private readonly width: number;
  /** Where in the words row 0 stands, or would. */
  private origin: number;

  constructor(storage: Storage) {
    this.storage = storage;
    this.words = storage.slots.slice();
    this.origin = storage.slots.length;
    this.width = rowWords(storage);
    this.dictionaries = storage.labelCounts.map((counts) => new Dictionary(counts));
    this.deques = Array.from({ length: storage.deques }, openDeque);
    this.archives = Array.from({ length: storage.archives }, () => new ValueArchive());
  }

  /** Latest time folded in; -Infinity while there is none. */
  get newestMs(): number {
    return this.words[NEWEST_AT]!;
  }

  /** Rows up to this time may have left the history. */
  get droppedUpToMs(): number {
    return this.words[DROPPED_AT]!;
  }

  /** Values met up to this time may have left the archives. */
  get forgottenUpToMs(): number {
    return this.words[FORGOTTEN_AT]!;
  }

  /** Where a row begins in `words`. */
  offset(row: number): number {
    return this.origin + row * this.width;
  }

  time(row: number): number {
    return this.words[this.origin + row * this.width]!;
  }

  whereBits(offset: number): number {
    return this.words[offset + 1]!;
  }

  number(offset: number, column: number): number {
    return this.words[offset + FIXED_WORDS + column]!;
  }

  derived(offset: number, column: number): number {
    return this.words[offset + FIXED_WORDS + this.storage.numbers.length + column]!;
  }

  /** Notes a number at a row. */
  derive(offset: number, column: number, value: number): void {
    this.words[offset + FIXED_WORDS + this.storage.numbers.length + column] = value;
  }

  label(offset: number, column: number): number {
    return this.words[offset + this.width - 1 - column]!;
  }

  /** The place of an event of that time that arrives now: behind all that are not later. */
  placeOf(timeMs: number): number {
    let high = this.end;
    if (high === this.first || this.time(high - 1) <= timeMs) return high;
    let low = this.first;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time(middle) <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(place: number, row: Row): void {
    const { words, width, dictionaries } = this;
    const at = this.offset(place);
    const endAt = this.offset(this.end);
    for (let i = 0; i < width; i++) words.push(0);
    for (let i = endAt - 1; i >= at; i--) words[i + width] = words[i]!;
    this.end += 1;
    words[at] = row.timeMs;
    words[at + 1] = row.whereBits;
    for (let i = 0; i < row.numbers.length; i++) words[at + FIXED_WORDS + i] = row.numbers[i]!;
    for (let i = 0; i < this.storage.derived; i++) this.derive(at, i, 0);
    for (let i = 0; i < dictionaries.length; i++) {
      words[at + width - 1 - i] = dictionaries[i]!.retain(row.labels[i], row.hashes[i]!);
    }
  }

  /** The row of that time whose number in `column` is `ordinal`; -1 where the history does not hold it. */
  find(timeMs: number, column: number, ordinal: number): number {
    for (let row = this.placeOf(timeMs) - 1; row >= this.first && this.time(row) === timeMs; row--) {
      if (this.number(this.offset(row), column) === ordinal) return row;
    }
    return -1;
  }

  /** Puts other values into a row that is in no window whose members they change. Its time stays. */
  replace(place: number, row: Row): void {
    const { words, width, dictionaries } = this;
    const at = this.offset(place);
    words[at + 1] = row.whereBits;
    for (let i = 0; i < row.numbers.length; i++) words[at + FIXED_WORDS + i] = row.numbers[i]!;
    for (let i = 0; i < dictionaries.length; i++) {
      const label = dictionaries[i]!.retain(row.labels[i], row.hashes[i]!);
      dictionaries[i]!.release(words[at + width - 1 - i]!);
      words[at + width - 1 - i] = label;
    }
  }

  dropOldest(): void {
    const at = this.offset(this.first);
    for (let i = 0; i < this.dictionaries.length; i++) {
      this.dictionaries[i]!.release(this.label(at, i));
    }
    this.first += 1;
    const slots = this.storage.slots.length;
    const dead = this.offset(this.first) - slots;
    if (dead >= LEAST_DEAD_WORDS && dead * 4 > this.words.length) this.clearAway(slots, dead);
  }

  /** The slots and the rows held. */
  live(): Float64Array {
    const slots = this.storage.slots.length;
    const rowsAt = this.offset(this.first);
    const live = new Float64Array(slots + this.words.length - rowsAt);
    for (let i = 0; i < slots; i++) live[i] = this.words[i]!;
    for (let i = rowsAt; i < this.words.length; i++) live[slots + i - rowsAt] = this.words[i]!;
    return live;
  }

  /** Takes what `live()` gave, with the dictionaries of that moment. */
  restore(live: Float64Array, dictionaries: readonly DictionaryDump[]): void {
    const slots = this.storage.slots.length;
    const rows = (live.length - slots) / this.width;
    if (rows < 0 || !Number.isInteger(rows)) throw new RangeError('rows of another width');
    if (dictionaries.length !== this.dictionaries.length) throw new RangeError('other labels');
    for (let i = 0; i < slots; i++) this.words[i] = live[i]!;
    for (let i = slots; i < live.length; i++) this.words.push(live[i]!);
    this.end = rows;
    this.dictionaries = dictionaries.map((dump, i) => Dictionary.from(dump, this.storage.labelCounts[i]!));
  }

  private clearAway(slots: number, dead: number): void {
    const { words } = this;
    for (let i = slots + dead; i < words.length; i++) words[i - dead] = words[i]!;
    words.length -= dead;
    this.origin -= dead;
  }
}

/** Eight-byte words of one row. */
export function rowWords({ numbers, derived, labels }: Storage): number {
  return FIXED_WORDS + numbers.length + derived + labels.length;
}
