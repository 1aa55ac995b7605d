import type { AccountWindows } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';

/** The aggregators of one window that count the same events: all, or those that meet one `where`. */
export interface Members {
  /** The bit of the where, 0 for all events. */
  whereBit: number;
  aggregators: Aggregator[];
}

/**
 * A window (t - delay - length, t - delay] of event time over one account's history, by the numbers of its
 * oldest row and of the row after its newest. A lifetime window has no older edge: its length is Infinity, or
 * the horizon up to which it remembers.
 */
export class Window {
  readonly lengthMs: number;
  readonly delayMs: number;
  /** Rows that leave the history stay members. */
  readonly outlivesHistory: boolean;
  readonly members: Members[] = [];
  private readonly slot: number;

  constructor(lengthMs: number, delayMs: number, outlivesHistory: boolean, slot: number) {
    this.lengthMs = lengthMs;
    this.delayMs = delayMs;
    this.outlivesHistory = outlivesHistory;
    this.slot = slot;
  }

  tail(windows: AccountWindows): number {
    return windows.slots[this.slot]!;
  }

  head(windows: AccountWindows): number {
    return windows.slots[this.slot + 1]!;
  }

  /** Moves both edges to where they stand for a transaction of that time; amortised O(1) while time moves on. */
  moveTo(windows: AccountWindows, timeMs: number): void {
    const { history, slots } = windows;
    const newest = timeMs - this.delayMs;
    const oldest = newest - this.lengthMs;
    let head = slots[this.slot + 1]!;
    let tail = slots[this.slot]!;
    while (head > tail && history.time(head - 1) > newest) this.leave(windows, --head, true);
    // An empty window goes back past rows it never held.
    while (head > history.first && history.time(head - 1) > newest) tail = --head;
    while (head < history.end && history.time(head) <= newest) this.enter(windows, head++, false);
    slots[this.slot + 1] = head;
    while (tail > history.first && history.time(tail - 1) > oldest) this.enter(windows, --tail, true);
    while (tail < head && history.time(tail) <= oldest) this.leave(windows, tail++, false);
    slots[this.slot] = tail;
  }

  /** Takes in the scored transaction itself, which stands at the newer edge. */
  admit(windows: AccountWindows): void {
    const head = windows.slots[this.slot + 1]!;
    this.enter(windows, head, false);
    windows.slots[this.slot + 1] = head + 1;
  }

  /** The history's oldest row is about to leave it. */
  dropOldest(windows: AccountWindows): void {
    if (!this.outlivesHistory) return;
    const row = windows.history.first;
    const isMember = windows.slots[this.slot]! <= row;
    const offset = windows.history.offset(row);
    for (const { whereBit, aggregators } of this.members) {
      if (!meets(windows, offset, whereBit)) continue;
      for (const aggregator of aggregators) aggregator.archive(windows, row, offset, isMember);
    }
    if (isMember) windows.slots[this.slot] = row + 1;
  }

  /** Empties the window of the rows the history holds: what is left is what has outlived it. */
  rewind(windows: AccountWindows): void {
    const tail = windows.slots[this.slot]!;
    for (let row = windows.slots[this.slot + 1]! - 1; row >= tail; row--) this.leave(windows, row, true);
    this.restart(windows);
    for (const { aggregators } of this.members) {
      for (const aggregator of aggregators) aggregator.rewind(windows);
    }
  }

  /** Both edges at the history's oldest row, as after a rewind. */
  restart(windows: AccountWindows): void {
    windows.slots[this.slot] = windows.history.first;
    windows.slots[this.slot + 1] = windows.history.first;
  }

  private enter(windows: AccountWindows, row: number, back: boolean): void {
    const offset = windows.history.offset(row);
    for (const { whereBit, aggregators } of this.members) {
      if (!meets(windows, offset, whereBit)) continue;
      for (const aggregator of aggregators) aggregator.enter(windows, row, offset, back);
    }
  }

  private leave(windows: AccountWindows, row: number, back: boolean): void {
    const offset = windows.history.offset(row);
    for (const { whereBit, aggregators } of this.members) {
      if (!meets(windows, offset, whereBit)) continue;
      for (const aggregator of aggregators) aggregator.leave(windows, row, offset, back);
    }
  }
}

function meets(windows: AccountWindows, offset: number, whereBit: number): boolean {
  return whereBit === 0 || (windows.history.whereBits(offset) & whereBit) !== 0;
}
