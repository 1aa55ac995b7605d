import type { AccountWindows, Row } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import type { Window } from './window.ts';

/** What a row must be to be one step. */
export interface Step {
  /** The bit of its condition, 0 for none. */
  whereBit: number;
  /** The derived column that says whether the row meets a value for the first time; -1 where that is not asked. */
  firstMetAt: number;
}

/**
 * Whether the scored transaction is the last step of a sequence whose earlier steps earlier rows are, in order, each a row
 * of its own, all within the window.
 *
 * Noted at every row, for each step but the last: the latest time at which a sequence began that has come that far up to
 * this row. The next row's are made of these, so time moving on costs one row, and an event that comes late those behind it.
 */
export class Sequence implements Aggregator {
  /** Of all its conditions. */
  readonly whereBits: number;
  private readonly window: Window;
  private readonly steps: readonly Step[];
  /** The first of the derived columns: one a step but the last. */
  private readonly column: number;

  constructor(window: Window, steps: readonly Step[], column: number) {
    this.window = window;
    this.steps = steps;
    this.column = column;
    this.whereBits = steps.reduce((bits, { whereBit }) => bits | whereBit, 0);
  }

  enter(windows: AccountWindows, row: number, offset: number, back: boolean): void {
    // At the older edge: what was noted when it entered at the newer one holds.
    if (back) return;
    for (let step = 0; step < this.steps.length - 1; step++) {
      const before = this.beganBefore(windows, row, step);
      const now = this.isStep(windows, offset, step) ? this.beganWith(windows, row, step) : -Infinity;
      windows.derive(offset, this.column + step, Math.max(before, now));
    }
  }

  leave(): void {
    // Whether a sequence began within the window is asked by its time.
  }

  archive(): void {
    // No window reaches it any more.
  }

  rewind(): void {
    // Each row is reckoned anew when it enters again.
  }

  /** Whether (1, 0) the scored transaction, which is the window's newest row, is the last step. */
  isComplete(windows: AccountWindows, { timeMs }: Row): number {
    const row = this.window.head(windows) - 1;
    const last = this.steps.length - 1;
    if (!this.isStep(windows, windows.offset(row), last)) return 0;
    return this.beganBefore(windows, row, last - 1) > this.window.olderEdgeMs(timeMs) ? 1 : 0;
  }

  /** When the latest sequence began that a row would carry on as this step. */
  private beganWith(windows: AccountWindows, row: number, step: number): number {
    return step === 0 ? windows.time(row) : this.beganBefore(windows, row, step - 1);
  }

  /** When the latest sequence began that had come to this step before the row; -Infinity where none had. */
  private beganBefore(windows: AccountWindows, row: number, step: number): number {
    if (row === windows.first) return -Infinity;
    return windows.derived(windows.offset(row - 1), this.column + step);
  }

  private isStep(windows: AccountWindows, offset: number, step: number): boolean {
    const { whereBit, firstMetAt } = this.steps[step]!;
    if (whereBit !== 0 && (windows.whereBits(offset) & whereBit) === 0) return false;
    return firstMetAt < 0 || windows.derived(offset, firstMetAt) === 1;
  }
}
