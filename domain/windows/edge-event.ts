import type { AccountWindows, Row } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import type { Window } from './window.ts';

/** Which column an edge event must have, and how its value is kept. */
export type Column = { kind: 'none' } | { kind: 'number' | 'label'; index: number };

const NONE = -1;

/**
 * The first or the last event of a window, by (time, revision), among those that have a field. Of a lifetime
 * window, the event that has left the history is carried along: its time, and its value.
 */
export class EdgeEvent implements Aggregator {
  private readonly window: Window;
  private readonly whereBit: number;
  private readonly edge: 'first' | 'last';
  private readonly column: Column;
  private readonly rowAt: number;
  private readonly carriedTimeAt: number;
  private readonly carriedValueAt: number;

  constructor(window: Window, whereBit: number, edge: 'first' | 'last', column: Column, slot: number) {
    this.window = window;
    this.whereBit = whereBit;
    this.edge = edge;
    this.column = column;
    this.rowAt = slot;
    this.carriedTimeAt = slot + 1;
    this.carriedValueAt = slot + 2;
  }

  static initialSlots(): number[] {
    return [NONE, Number.NaN, Number.NaN];
  }

  enter(windows: AccountWindows, row: number, offset: number, back: boolean): void {
    if (!this.has(windows, offset)) return;
    // A row that enters at the edge looked at becomes it; at the other edge only where there was none.
    const atItsEdge = back === (this.edge === 'first');
    if (atItsEdge || windows.words[this.rowAt] === NONE) windows.words[this.rowAt] = row;
  }

  leave(windows: AccountWindows, row: number, _offset: number, back: boolean): void {
    if (windows.words[this.rowAt] !== row) return;
    const atItsEdge = back === (this.edge === 'last');
    windows.words[this.rowAt] = atItsEdge ? this.next(windows, row) : NONE;
  }

  archive(windows: AccountWindows, row: number, offset: number): void {
    if (!this.has(windows, offset)) return;
    if (this.isFurther(windows.time(row), windows.words[this.carriedTimeAt]!))
      this.carry(windows, row, offset);
    if (windows.words[this.rowAt] === row) {
      windows.words[this.rowAt] = this.edge === 'first' ? this.next(windows, row) : NONE;
    }
  }

  rewind(windows: AccountWindows): void {
    windows.words[this.rowAt] = NONE;
  }

  /** From the event to the scored one; NaN if there is no such event. */
  secondsSince(windows: AccountWindows, scored: Row): number {
    return (scored.timeMs - this.time(windows)) / 1_000;
  }

  /** The value of an event whose column is of labels. */
  text(windows: AccountWindows): string | undefined {
    const label = this.value(windows);
    if (this.column.kind !== 'label' || Number.isNaN(label)) return undefined;
    return windows.dictionaries[this.column.index]!.valueOf(label) as string;
  }

  /** When the event was; NaN if there is no such event. */
  time(windows: AccountWindows): number {
    const row = this.heldRow(windows);
    return row === NONE ? windows.words[this.carriedTimeAt]! : windows.time(row);
  }

  /** The value as its column keeps it: a number, or a label. NaN if there is no such event. */
  value(windows: AccountWindows): number {
    const row = this.heldRow(windows);
    return row === NONE
      ? windows.words[this.carriedValueAt]!
      : this.columnValue(windows, windows.offset(row));
  }

  private heldRow(windows: AccountWindows): number {
    const carriedIsFirst = this.edge === 'first' && !Number.isNaN(windows.words[this.carriedTimeAt]!);
    return carriedIsFirst ? NONE : windows.words[this.rowAt]!;
  }

  /** Rows mostly leave in the order of time; one that came very late is older than what is carried. */
  private isFurther(timeMs: number, carriedMs: number): boolean {
    if (Number.isNaN(carriedMs)) return true;
    // Of the same millisecond, the one that leaves later has the higher revision.
    return this.edge === 'last' ? timeMs >= carriedMs : timeMs < carriedMs;
  }

  private has(windows: AccountWindows, offset: number): boolean {
    if (this.column.kind === 'none') return true;
    const value = this.columnValue(windows, offset);
    return this.column.kind === 'label' ? value !== 0 : !Number.isNaN(value);
  }

  private columnValue(windows: AccountWindows, offset: number): number {
    if (this.column.kind === 'none') return Number.NaN;
    return this.column.kind === 'label'
      ? windows.label(offset, this.column.index)
      : windows.number(offset, this.column.index);
  }

  private carry(windows: AccountWindows, row: number, offset: number): void {
    const value = this.columnValue(windows, offset);
    if (this.column.kind === 'label') {
      // The row lets go of its label when it leaves; what is carried holds it.
      const dictionary = windows.dictionaries[this.column.index]!;
      dictionary.hold(value);
      const before = windows.words[this.carriedValueAt]!;
      if (!Number.isNaN(before)) dictionary.release(before);
    }
    windows.words[this.carriedTimeAt] = windows.time(row);
    windows.words[this.carriedValueAt] = value;
  }

  /** The nearest event that counts, inward from a row that is no longer at the edge. */
  private next(windows: AccountWindows, row: number): number {
    const step = this.edge === 'last' ? -1 : 1;
    const tail = this.window.tail(windows);
    const head = this.window.head(windows);
    // Rows beyond the edge they leave at are passed over too: they are leaving one by one.
    for (let at = row + step; this.edge === 'last' ? at >= tail : at < head; at += step) {
      const offset = windows.offset(at);
      const met = this.whereBit === 0 || (windows.whereBits(offset) & this.whereBit) !== 0;
      if (met && this.has(windows, offset)) return at;
    }
    return NONE;
  }
}
