import type { FieldValue } from '../transaction.ts';
import { Dictionary, type DictionaryDump } from './dictionary.ts';

/** Which columns an account's rows have, beside the time, the revision and the where bits that all have. */
export interface HistoryShape {
  /** Fields kept as doubles; booleans as 1 and 0, missing as NaN. */
  numbers: readonly string[];
  /** Fields kept as numbers of a dictionary. */
  labels: readonly string[];
}

/** What a row is made of, in the order of the shape. */
export interface Row {
  timeMs: number;
  revision: number;
  /** Bit i is set if the event meets the i-th `where` of the rule set. */
  whereBits: number;
  numbers: Float64Array;
  labels: (FieldValue | undefined)[];
}

const FIXED_WORDS = 2;
const FIRST_CAPACITY = 8;

/**
 * One account's events in the order of (time, revision), in rows of fixed width in one buffer.
 *
 * Rows are named by a running number that does not change when older rows leave; when a late event is put in
 * its place, the numbers of the rows after it go up by one.
 */
export class History {
  dictionaries: Dictionary[];
  /** Number of the oldest row held. */
  first = 0;
  /** One past the newest row. */
  end = 0;
  words: Float64Array;
  halves: Uint32Array;
  private readonly width: number;
  private readonly labelsAt: number;
  private startRow = 0;

  constructor(shape: HistoryShape) {
    this.labelsAt = (FIXED_WORDS + shape.numbers.length) * 2;
    this.width = rowWords(shape);
    this.words = new Float64Array(FIRST_CAPACITY * this.width);
    this.halves = new Uint32Array(this.words.buffer);
    this.dictionaries = shape.labels.map(() => new Dictionary());
  }

  /** Where a row begins in `words`. */
  offset(row: number): number {
    return (row - this.first + this.startRow) * this.width;
  }

  time(row: number): number {
    return this.words[this.offset(row)]!;
  }

  revision(row: number): number {
    return this.halves[this.offset(row) * 2 + 2]!;
  }

  whereBits(offset: number): number {
    return this.halves[offset * 2 + 3]!;
  }

  number(offset: number, column: number): number {
    return this.words[offset + FIXED_WORDS + column]!;
  }

  label(offset: number, column: number): number {
    return this.halves[offset * 2 + this.labelsAt + column]!;
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
    this.makeRoom();
    const at = this.offset(place);
    if (place < this.end) this.words.copyWithin(at + this.width, at, this.offset(this.end));
    this.end += 1;
    this.words[at] = row.timeMs;
    this.halves[at * 2 + 2] = row.revision;
    this.halves[at * 2 + 3] = row.whereBits;
    for (let i = 0; i < row.numbers.length; i++) this.words[at + FIXED_WORDS + i] = row.numbers[i]!;
    const labelsAt = at * 2 + this.labelsAt;
    for (let i = 0; i < this.dictionaries.length; i++) {
      this.halves[labelsAt + i] = this.dictionaries[i]!.retain(row.labels[i]);
    }
  }

  dropOldest(): void {
    const labelsAt = this.offset(this.first) * 2 + this.labelsAt;
    for (let i = 0; i < this.dictionaries.length; i++)
      this.dictionaries[i]!.release(this.halves[labelsAt + i]!);
    this.first += 1;
    this.startRow += 1;
  }

  /** The rows held, as they stand in memory. */
  bytes(): Uint8Array {
    const from = this.offset(this.first) * 8;
    return new Uint8Array(this.words.buffer, from, this.offset(this.end) * 8 - from);
  }

  /** Takes rows that `bytes()` gave, with the dictionaries of that moment. */
  restore(bytes: Uint8Array, dictionaries: readonly DictionaryDump[]): void {
    const rows = bytes.byteLength / (this.width * 8);
    if (!Number.isInteger(rows)) throw new RangeError('rows of another width');
    if (dictionaries.length !== this.dictionaries.length) throw new RangeError('other labels');
    this.words = new Float64Array(Math.max(FIRST_CAPACITY, rows) * this.width);
    this.halves = new Uint32Array(this.words.buffer);
    new Uint8Array(this.words.buffer).set(bytes);
    this.first = 0;
    this.startRow = 0;
    this.end = rows;
    this.dictionaries = dictionaries.map((dump) => Dictionary.from(dump));
  }

  private makeRoom(): void {
    const used = this.startRow + this.end - this.first;
    const capacity = this.words.length / this.width;
    if (used < capacity) return;
    const held = this.words.subarray(this.offset(this.first), this.offset(this.end));
    if (this.startRow > capacity / 4) {
      this.words.set(held);
    } else {
      const grown = new Float64Array(Math.ceil(capacity * 1.4) * this.width);
      grown.set(held);
      this.words = grown;
      this.halves = new Uint32Array(grown.buffer);
    }
    this.startRow = 0;
  }
}

/** Eight-byte words of one row. */
export function rowWords(shape: HistoryShape): number {
  return FIXED_WORDS + shape.numbers.length + Math.ceil(shape.labels.length / 2);
}
