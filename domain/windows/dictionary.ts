import type { FieldValue } from '../transaction.ts';

/**
 * Small whole numbers for the values of one field in one account's history: 4 bytes a row instead of a string,
 * and dense, so that counts by value are plain arrays. A number is given back when no row holds it any more.
 * 0 is missing.
 */
export class Dictionary {
  private readonly ids = new Map<FieldValue, number>();
  private readonly values: (FieldValue | undefined)[] = [undefined];
  private readonly rows: number[] = [0];
  private readonly free: number[] = [];

  /** The value's number, for one more row that holds it. */
  retain(value: FieldValue | undefined): number {
    if (value === undefined) return 0;
    let id = this.ids.get(value);
    if (id === undefined) {
      id = this.free.pop() ?? this.values.length;
      this.ids.set(value, id);
      this.values[id] = value;
      this.rows[id] = 1;
    } else {
      this.rows[id]! += 1;
    }
    return id;
  }

  release(id: number): void {
    if (id === 0) return;
    this.rows[id]! -= 1;
    if (this.rows[id] === 0) {
      this.ids.delete(this.values[id]!);
      this.values[id] = undefined;
      this.free.push(id);
    }
  }

  /** 0 if no row holds the value. */
  idOf(value: FieldValue | undefined): number {
    return value === undefined ? 0 : (this.ids.get(value) ?? 0);
  }

  valueOf(id: number): FieldValue | undefined {
    return this.values[id];
  }

  dump(): DictionaryDump {
    return { values: this.values.map((value) => value ?? null), rows: this.rows };
  }

  static from(dump: DictionaryDump): Dictionary {
    const dictionary = new Dictionary();
    for (let id = 1; id < dump.values.length; id++) {
      const value = dump.values[id] ?? undefined;
      dictionary.values[id] = value;
      dictionary.rows[id] = dump.rows[id]!;
      if (value === undefined) dictionary.free.push(id);
      else dictionary.ids.set(value, id);
    }
    return dictionary;
  }
}

/** Values by number, null where the number is free, and how many hold each. */
export interface DictionaryDump {
  values: (FieldValue | null)[];
  rows: number[];
}
