import type { Calendar } from '../local-time/calendar.ts';
import { type AccountWindows, MOVED_TO_AT } from './account-windows.ts';
import type { Count } from './counts.ts';
import { Members } from './members.ts';

/**
 * The newer edge t - delay, shared by all windows of that delay: the number of the row after the newest one
 * that is not later.
 */
export class NewerEdge {
  readonly delayMs: number;
  readonly windows: Window[] = [];
  private readonly slot: number;

  constructor(delayMs: number, slot: number) {
    this.delayMs = delayMs;
    this.slot = slot;
  }

  head(windows: AccountWindows): number {
    return windows.words[this.slot]!;
  }

  /** Moves the edge and its windows to a transaction's time; amortised O(1) while time moves on. */
  moveTo(windows: AccountWindows, timeMs: number): void {
    const newestMs = timeMs - this.delayMs;
    const { words } = windows;
    const own = this.windows;
    const before = words[this.slot]!;
    let head = before;
    if (timeMs >= words[MOVED_TO_AT]!) {
      while (head < windows.end && windows.time(head) <= newestMs) head++;
      words[this.slot] = head;
      for (let i = 0; i < own.length; i++) own[i]!.advance(windows, before, head, newestMs);
    } else {
      while (head > windows.first && windows.time(head - 1) > newestMs) head--;
      words[this.slot] = head;
      for (let i = 0; i < own.length; i++) own[i]!.retreat(windows, before, head, newestMs);
    }
  }

  /** Takes in the scored transaction itself, which stands at the edge. */
  admit(windows: AccountWindows): void {
    const row = windows.words[this.slot]!;
    windows.words[this.slot] = row + 1;
    const offset = windows.offset(row);
    const own = this.windows;
    for (let i = 0; i < own.length; i++) own[i]!.admit(windows, row, offset);
  }

  /** Takes a row out of the members of some wheres, wherever it stands, while its bits are changed. */
  takeOut(windows: AccountWindows, row: number, whereBits: number): void {
    for (const window of this.windows) window.takeOut(windows, row, whereBits);
  }

  /** Undoes takeOut, by the row's new bits. */
  putBack(windows: AccountWindows, row: number, whereBits: number): void {
    for (const window of this.windows) window.putBack(windows, row, whereBits);
  }

  /** The history's oldest row is about to leave it. */
  dropOldest(windows: AccountWindows): void {
    for (const window of this.windows) window.dropOldest(windows);
  }

  /** Empties the windows of the rows the history holds: what is left is what has outlived it. */
  rewind(windows: AccountWindows): void {
    const head = this.head(windows);
    for (const window of this.windows) window.rewind(windows, head);
    this.restart(windows);
  }

  /** All edges at the history's oldest row, as after a rewind. */
  restart(windows: AccountWindows): void {
    windows.words[this.slot] = windows.first;
    for (const window of this.windows) window.restart(windows);
  }
}

/**
 * A window (t - delay - length, t - delay] of event time over one account's history: its newer edge, and the
 * number of its oldest row. A lifetime window has no older edge: its length is Infinity, or the horizon up to
 * which it remembers. A calendar window begins with the period that t - delay is in. One that is limited to the last N
 * begins with the Nth newest, if that is later.
 */
export class Window {
  readonly lengthMs: number;
  readonly newerEdge: NewerEdge;
  /** Rows that leave the history stay members. */
  readonly outlivesHistory: boolean;
  private readonly calendar: Calendar | null;
  limit: Limit | null = null;
  private isStepwise = false;
  private readonly members: Members[] = [];
  private readonly slot: number;

  constructor(
    lengthMs: number,
    newerEdge: NewerEdge,
    outlivesHistory: boolean,
    slot: number,
    calendar: Calendar | null = null,
  ) {
    this.lengthMs = lengthMs;
    this.newerEdge = newerEdge;
    this.outlivesHistory = outlivesHistory;
    this.slot = slot;
    this.calendar = calendar;
    newerEdge.windows.push(this);
  }

  /** The members that meet the `where` of that bit, 0 for all. */
  membersOf(whereBit: number): Members {
    let members = this.members.find((known) => known.whereBit === whereBit);
    if (members === undefined) {
      members = new Members(whereBit);
      this.members.push(members);
    }
    return members;
  }

  tail(windows: AccountWindows): number {
    return windows.words[this.slot]!;
  }

  head(windows: AccountWindows): number {
    return this.newerEdge.head(windows);
  }

  /** Time has moved on: rows enter at the newer edge, then leave at the older one. */
  advance(windows: AccountWindows, before: number, head: number, newestMs: number): void {
    for (let row = before; row < head; row++) {
      if (this.isStepwise) this.leaveBehind(windows, row, this.olderEdgeMs(windows.time(row)));
      this.enter(windows, row, windows.offset(row), false);
    }
    if (this.lengthMs === Infinity) return;
    this.leaveBehind(windows, head, this.olderEdgeMs(newestMs));
    if (this.limit !== null) this.leaveTheMost(windows, this.limit);
  }

  /** For who looks at other rows when one enters: as of its time, and before the other windows of the edge. */
  goStepwise(): void {
    if (this.isStepwise) return;
    this.isStepwise = true;
    const { windows } = this.newerEdge;
    windows.splice(windows.indexOf(this), 1);
    windows.unshift(this);
  }

  /** The scored transaction itself enters, at the newer edge. */
  admit(windows: AccountWindows, row: number, offset: number): void {
    this.enter(windows, row, offset, false);
    if (this.limit !== null) this.leaveTheMost(windows, this.limit);
  }

  /** Time has moved back: rows leave at the newer edge, then enter at the older one. */
  retreat(windows: AccountWindows, before: number, head: number, newestMs: number): void {
    let tail = windows.words[this.slot]!;
    for (let row = before - 1; row >= head && row >= tail; row--) this.leave(windows, row, true);
    if (tail > head) tail = head;
    const oldestMs = this.olderEdgeMs(newestMs);
    while (tail > windows.first && windows.time(tail - 1) > oldestMs && !this.isFull(windows)) {
      tail--;
      this.enter(windows, tail, windows.offset(tail), true);
    }
    windows.words[this.slot] = tail;
  }

  enter(windows: AccountWindows, row: number, offset: number, back: boolean): void {
    const { members } = this;
    for (let i = 0; i < members.length; i++) members[i]!.enter(windows, row, offset, back);
  }

  /** Whether rows may come and go in any order among the members of these wheres. */
  isOrderFree(whereBits: number): boolean {
    // Which are the last N hangs on who is among them.
    if (this.limit !== null && (this.limit.whereBit & whereBits) !== 0) return false;
    return this.members.every((each) => each.isOrderFree(whereBits));
  }

  takeOut(windows: AccountWindows, row: number, whereBits: number): void {
    if (!this.holds(windows, row)) return;
    for (const members of this.members) {
      if ((members.whereBit & whereBits) !== 0) members.leave(windows, row, windows.offset(row), false);
    }
  }

  putBack(windows: AccountWindows, row: number, whereBits: number): void {
    if (!this.holds(windows, row)) return;
    for (const members of this.members) {
      if ((members.whereBit & whereBits) !== 0) members.enter(windows, row, windows.offset(row), false);
    }
  }

  private holds(windows: AccountWindows, row: number): boolean {
    return row >= this.tail(windows) && row < this.head(windows);
  }

  dropOldest(windows: AccountWindows): void {
    if (!this.outlivesHistory) return;
    const row = windows.first;
    const isMember = windows.words[this.slot]! <= row;
    for (const members of this.members) members.archive(windows, row, windows.offset(row), isMember);
    if (isMember) windows.words[this.slot] = row + 1;
  }

  rewind(windows: AccountWindows, head: number): void {
    for (const members of this.members) members.rewind(windows);
    for (let row = head - 1; row >= this.tail(windows); row--) this.leave(windows, row, true);
  }

  restart(windows: AccountWindows): void {
    windows.words[this.slot] = windows.first;
  }

  /** Rows up to that time are out. Never later for an earlier newer edge, so that rows come and go at it in their order. */
  olderEdgeMs(newestMs: number): number {
    return this.calendar === null ? newestMs - this.lengthMs : this.calendar.startOf(newestMs) - 1;
  }

  /** Rows up to that time leave at the older edge. */
  private leaveBehind(windows: AccountWindows, head: number, oldestMs: number): void {
    const tail = windows.words[this.slot]!;
    let row = tail;
    while (row < head && windows.time(row) <= oldestMs) {
      this.leave(windows, row, false);
      row++;
    }
    if (row !== tail) windows.words[this.slot] = row;
  }

  /** The oldest leave until there are no more than the limit. */
  private leaveTheMost(windows: AccountWindows, { most, held }: Limit): void {
    let row = windows.words[this.slot]!;
    while (held.number(windows) > most) {
      this.leave(windows, row, false);
      row++;
    }
    windows.words[this.slot] = row;
  }

  private isFull(windows: AccountWindows): boolean {
    return this.limit !== null && this.limit.held.number(windows) >= this.limit.most;
  }

  private leave(windows: AccountWindows, row: number, back: boolean): void {
    const { members } = this;
    const offset = windows.offset(row);
    for (let i = 0; i < members.length; i++) members[i]!.leave(windows, row, offset, back);
  }
}

/** Of the rows that meet the `where` of that bit, 0 for all, at most so many are in the window: the newest. */
export interface Limit {
  most: number;
  /** How many are. */
  held: Count;
  whereBit: number;
}
