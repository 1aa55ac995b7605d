import type { AccountWindows } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import {
  backRow,
  backValue,
  type CandidateDeque,
  clear,
  frontRow,
  frontValue,
  isEmpty,
  popBack,
  popFront,
  pushBack,
  pushFront,
} from './candidate-deque.ts';
import type { Window } from './window.ts';

/**
 * Smallest or largest value in a window, missing where it is empty: the monotonic queue of rows that can still
 * become the extreme. A row that is taken back at the newer edge uncovers those it had put out of the question:
 * they are looked through again, so a late event costs about as many rows as it is late.
 */
export class Extreme implements Aggregator {
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
    if (!back) push(deque, row, value);
    else if (isEmpty(deque) || value > frontValue(deque)) pushFront(deque, row, value);
  }

  leave(windows: AccountWindows, row: number, _offset: number, back: boolean): void {
    const deque = windows.deques[this.deque]!;
    if (isEmpty(deque)) return;
    if (!back) {
      if (frontRow(deque) === row) popFront(deque);
    } else if (backRow(deque) === row) {
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
    return this.further(carried, this.sign * frontValue(deque));
  }

  private further(a: number, b: number): number {
    if (Number.isNaN(a)) return b;
    return this.sign * b > this.sign * a ? b : a;
  }

  private uncover(windows: AccountWindows, deque: CandidateDeque, covering: number): void {
    let row = isEmpty(deque) ? this.window.tail(windows) : backRow(deque) + 1;
    for (; row < covering; row++) {
      const offset = windows.offset(row);
      const met = this.whereBit === 0 || (windows.whereBits(offset) & this.whereBit) !== 0;
      const value = this.sign * windows.number(offset, this.column);
      if (met && !Number.isNaN(value)) push(deque, row, value);
    }
  }
}

/** Adds the newest row; those it is not below can no longer become the extreme. */
function push(deque: CandidateDeque, row: number, value: number): void {
  while (!isEmpty(deque) && backValue(deque) <= value) popBack(deque);
  pushBack(deque, row, value);
}
