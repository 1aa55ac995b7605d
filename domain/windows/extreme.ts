import type { AccountWindows } from './account-windows.ts';
import type { Aggregator, Reading } from './aggregate.ts';
import {
  back as backOf,
  clear,
  front,
  type IndexDeque,
  isEmpty,
  popBack,
  popFront,
  pushBack,
  pushFront,
} from './index-deque.ts';
import type { Window } from './window.ts';

/**
 * Smallest or largest value in a window, missing where it is empty: the monotonic queue of rows that can still
 * become the extreme. A row that is taken back at the newer edge uncovers those it had put out of the question:
 * they are looked through again, so a late event costs about as many rows as it is late.
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

  constructor(window: Window, whereBit: number, column: number, sign: 1 | -1, deque: number, slot: number) {
    this.window = window;
    this.whereBit = whereBit;
    this.column = column;
    this.sign = sign;
    this.deque = deque;
    this.carriedAt = slot;
  }

  static initialSlots(): number[] {
    return [Number.NaN];
  }

  enter(windows: AccountWindows, row: number, offset: number, back: boolean): void {
    const value = this.sign * windows.number(offset, this.column);
    if (Number.isNaN(value)) return;
    const deque = windows.deques[this.deque]!;
    if (!back) this.push(windows, deque, row, value);
    else if (isEmpty(deque) || value > this.signed(windows, front(deque))) pushFront(deque, row);
  }

  leave(windows: AccountWindows, row: number, _offset: number, back: boolean): void {
    const deque = windows.deques[this.deque]!;
    if (isEmpty(deque)) return;
    if (!back) {
      if (front(deque) === row) popFront(deque);
    } else if (backOf(deque) === row) {
      popBack(deque);
      this.uncover(windows, deque, row);
    }
  }

  archive(windows: AccountWindows, row: number, offset: number): void {
    const { words } = windows;
    words[this.carriedAt] = this.further(words[this.carriedAt]!, windows.number(offset, this.column));
    this.leave(windows, row, offset, false);
  }

  rewind(windows: AccountWindows): void {
    clear(windows.deques[this.deque]!);
  }

  number(windows: AccountWindows): number {
    const deque = windows.deques[this.deque]!;
    const carried = windows.words[this.carriedAt]!;
    if (isEmpty(deque)) return carried;
    return this.further(carried, windows.number(windows.offset(front(deque)), this.column));
  }

  private further(a: number, b: number): number {
    if (Number.isNaN(a)) return b;
    return this.sign * b > this.sign * a ? b : a;
  }

  private signed(windows: AccountWindows, row: number): number {
    return this.sign * windows.number(windows.offset(row), this.column);
  }

  private push(windows: AccountWindows, deque: IndexDeque, row: number, value: number): void {
    while (!isEmpty(deque) && this.signed(windows, backOf(deque)) <= value) popBack(deque);
    pushBack(deque, row);
  }

  private uncover(windows: AccountWindows, deque: IndexDeque, covering: number): void {
    let row = isEmpty(deque) ? this.window.tail(windows) : backOf(deque) + 1;
    for (; row < covering; row++) {
      const offset = windows.offset(row);
      const met = this.whereBit === 0 || (windows.whereBits(offset) & this.whereBit) !== 0;
      const value = this.sign * windows.number(offset, this.column);
      if (met && !Number.isNaN(value)) this.push(windows, deque, row, value);
    }
  }
}
