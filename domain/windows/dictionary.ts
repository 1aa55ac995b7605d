import type { FieldValue } from '../transaction.ts';
import { hashOf } from './label-pool.ts';

/** Words of a value's entry before its counts: its hash (of a free number, the next free one), and its rows. */
const ROWS_AT = 1;
const COUNTS_AT = 2;
/** Up to so many values are found by comparing all their hashes. */
const SCANNED_VALUES = 8;

/**
 * Small whole numbers for the values of one field in one account's history, and how often each is counted by
 * the aggregates. 0 is missing.
 *
 * A hash table by open addressing over small integers: a look-up touches one place of the table and the entry,
 * where a Map would touch five. Values that no row holds any more keep their number until the table is full;
 * then it is made anew of those still held. The hash is no secret: who chooses many values of one account
 * to collide slows that account down, and no other.
 */
export class Dictionary {
  private readonly stride: number;
  private readonly values: (FieldValue | undefined)[] = [undefined];
  private readonly entries: number[] = [];
  /** Numbers by hash, 0 where none; its length is a power of two. Empty while there are few values. */
  private readonly table: number[] = [];
  /** Numbers in use before the next clean-up. */
  private limit = SCANNED_VALUES;
  private free = 0;

  /** @param counts how many aggregates count the values */
  constructor(counts: number) {
    this.stride = COUNTS_AT + counts;
    for (let i = 0; i < this.stride; i++) this.entries.push(0);
  }

  /** The value's number, for one more row that holds it. */
  retain(value: FieldValue | undefined, hash: number): number {
    if (value === undefined) return 0;
    let id = this.idOf(value, hash);
    if (id === 0) id = this.add(value, hash);
    this.hold(id);
    return id;
  }

  /** One more row holds the value of that number. */
  hold(id: number): void {
    this.entries[id * this.stride + ROWS_AT]! += 1;
  }

  release(id: number): void {
    if (id !== 0) this.entries[id * this.stride + ROWS_AT]! -= 1;
  }

  /** 0 if the value is not known. */
  idOf(value: FieldValue, hash: number): number {
    const { entries, stride, values, table } = this;
    if (table.length === 0) {
      for (let id = 1; id < values.length; id++) {
        if (entries[id * stride] === hash && values[id] === value) return id;
      }
      return 0;
    }
    const mask = table.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const id = table[at]!;
      if (id === 0 || (entries[id * stride] === hash && values[id] === value)) return id;
    }
  }

  valueOf(id: number): FieldValue | undefined {
    return this.values[id];
  }

  count(id: number, counter: number): number {
    return this.entries[id * this.stride + COUNTS_AT + counter]!;
  }

  /** @returns the count after it */
  changeCount(id: number, counter: number, by: 1 | -1): number {
    const at = id * this.stride + COUNTS_AT + counter;
    const count = this.entries[at]! + by;
    this.entries[at] = count;
    return count;
  }

  dump(): DictionaryDump {
    const rows = this.values.map((_, id) =>
      this.isFree(id) ? 0 : this.entries[id * this.stride + ROWS_AT]!,
    );
    return { values: this.values.map((value, id) => (rows[id] === 0 ? null : value!)), rows };
  }

  /** The dictionary that was dumped, with counts of 0. */
  static from(dump: DictionaryDump, counts: number): Dictionary {
    const dictionary = new Dictionary(counts);
    while (dictionary.limit < dump.values.length) dictionary.limit *= 2;
    for (let id = 1; id < dump.values.length; id++) {
      const value = dump.values[id] ?? undefined;
      dictionary.append(value, value === undefined ? 0 : hashOf(value));
      dictionary.entries[id * dictionary.stride + ROWS_AT] = dump.rows[id]!;
    }
    dictionary.cleanUp();
    return dictionary;
  }

  private add(value: FieldValue, hash: number): number {
    if (this.free === 0 && this.values.length > this.limit) this.cleanUp();
    let id = this.free;
    if (id === 0) id = this.append(value, hash);
    else {
      this.free = this.entries[id * this.stride]!;
      this.entries[id * this.stride] = hash;
      this.values[id] = value;
    }
    if (this.table.length > 0) this.enterTable(id, hash);
    return id;
  }

  private append(value: FieldValue | undefined, hash: number): number {
    this.entries.push(hash);
    for (let i = 1; i < this.stride; i++) this.entries.push(0);
    return this.values.push(value) - 1;
  }

  /** Frees the numbers of values that no row holds, and doubles the room if more than half are still held. */
  private cleanUp(): void {
    const { values, entries, stride } = this;
    this.free = 0;
    let held = 0;
    for (let id = values.length - 1; id > 0; id--) {
      if (entries[id * stride + ROWS_AT]! > 0) held += 1;
      else {
        values[id] = undefined;
        entries[id * stride] = this.free;
        this.free = id;
      }
    }
    if (held * 2 > this.limit) this.limit *= 2;
    if (this.limit > SCANNED_VALUES) this.renewTable();
  }

  private renewTable(): void {
    this.table.fill(0);
    while (this.table.length < this.limit * 2) this.table.push(0);
    for (let id = 1; id < this.values.length; id++) {
      if (!this.isFree(id)) this.enterTable(id, this.entries[id * this.stride]!);
    }
  }

  private enterTable(id: number, hash: number): void {
    const mask = this.table.length - 1;
    let at = hash & mask;
    while (this.table[at] !== 0) at = (at + 1) & mask;
    this.table[at] = id;
  }

  private isFree(id: number): boolean {
    return this.values[id] === undefined;
  }
}

/** Values by number, null where none is held, and how many rows hold each. */
export interface DictionaryDump {
  values: (FieldValue | null)[];
  rows: number[];
}
