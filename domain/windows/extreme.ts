import type { FeatureValue } from '../facts.ts';
import type { AccountWindows } from './account-windows.ts';
import type { Aggregator, Reading } from './aggregate.ts';
import type { Window } from './window.ts';

/**
 * Smallest or largest value in a window, missing where it is empty: the monotonic queue of rows that can still
 * become the extreme. When a late event has moved the window back, the queue is made anew from the window's rows
 * at the next reading.
 */
export class Extreme implements Aggregator, Reading {
  private readonly window: Window;
  private readonly whereBit: number;
  private readonly column: number;
  /** 1 for the largest, -1 for the smallest. */
  private readonly sign: 1 | -1;
  private readonly deque: number;
  /** Extreme of the rows that have outlived the history, NaN if none. */
  private readonly carriedAt: number;
  private readonly staleAt: number;

  constructor(window: Window, whereBit: number, column: number, sign: 1 | -1, deque: number, slot: number) {
    this.window = window;
    this.whereBit = whereBit;
    this.column = column;
    this.sign = sign;
    this.deque = deque;
    this.carriedAt = slot;
    this.staleAt = slot + 1;
  }

  static initialSlots(): number[] {
    return [Number.NaN, 0];
  }

  enter(windows: AccountWindows, row: number, offset: number, back: boolean): void {
    if (back) windows.slots[this.staleAt] = 1;
    else if (windows.slots[this.staleAt] === 0) this.push(windows, row, offset);
  }

  leave(windows: AccountWindows, row: number, _offset: number, back: boolean): void {
    if (back) windows.slots[this.staleAt] = 1;
    else this.shift(windows, row);
  }

  archive(windows: AccountWindows, row: number, offset: number): void {
    const value = windows.history.number(offset, this.column);
    windows.slots[this.carriedAt] = this.further(windows.slots[this.carriedAt]!, value);
    this.shift(windows, row);
  }

  rewind(windows: AccountWindows): void {
    windows.deques[this.deque]!.clear();
    windows.slots[this.staleAt] = 0;
  }

  number(windows: AccountWindows): number {
    if (windows.slots[this.staleAt] === 1) this.renew(windows);
    const deque = windows.deques[this.deque]!;
    const carried = windows.slots[this.carriedAt]!;
    if (deque.empty) return carried;
    return this.further(carried, windows.history.number(windows.history.offset(deque.front), this.column));
  }

  recorded(_windows: AccountWindows, number: number): FeatureValue {
    return Number.isNaN(number) ? null : number;
  }

  private further(a: number, b: number): number {
    if (Number.isNaN(a)) return b;
    return this.sign * b > this.sign * a ? b : a;
  }

  private push(windows: AccountWindows, row: number, offset: number): void {
    const { history } = windows;
    const value = history.number(offset, this.column);
    if (Number.isNaN(value)) return;
    const deque = windows.deques[this.deque]!;
    while (
      !deque.empty &&
      this.sign * history.number(history.offset(deque.back), this.column) <= this.sign * value
    ) {
      deque.popBack();
    }
    deque.pushBack(row);
  }

  private shift(windows: AccountWindows, row: number): void {
    const deque = windows.deques[this.deque]!;
    if (windows.slots[this.staleAt] === 0 && !deque.empty && deque.front === row) deque.popFront();
  }

  private renew(windows: AccountWindows): void {
    const { history } = windows;
    windows.deques[this.deque]!.clear();
    windows.slots[this.staleAt] = 0;
    const head = this.window.head(windows);
    for (let row = this.window.tail(windows); row < head; row++) {
      const offset = history.offset(row);
      if (this.whereBit === 0 || (history.whereBits(offset) & this.whereBit) !== 0)
        this.push(windows, row, offset);
    }
  }
}
