import type { AccountWindows } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import type { Distinct } from './distinct.ts';

/**
 * Notes at every row whether it is the first that has its value of a field, within the horizon up to which values
 * are remembered. It is reckoned when the row enters at the newer edge: an event that comes late makes those behind it enter
 * again. Its window must stand, at each row, as of that row's time.
 */
export class FirstMet implements Aggregator {
  /** The derived column it is noted in, as 1 and 0. */
  readonly column: number;
  private readonly distinct: Distinct;

  constructor(distinct: Distinct, column: number) {
    this.distinct = distinct;
    this.column = column;
  }

  enter(windows: AccountWindows, row: number, offset: number, back: boolean): void {
    if (!back) windows.derive(offset, this.column, this.distinct.isFirst(windows, row, offset) ? 1 : 0);
  }

  leave(): void {
    // It was what it was.
  }

  archive(): void {
    // Nobody asks any more.
  }

  rewind(): void {
    // Each row is reckoned anew when it enters again.
  }
}
