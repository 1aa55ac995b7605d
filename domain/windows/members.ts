import type { AccountWindows } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import { Count, RowCount } from './counts.ts';
import { Distinct } from './distinct.ts';
import { EdgeEvent } from './edge-event.ts';
import { Extreme } from './extreme.ts';
import { FirstMet } from './first-met.ts';
import { Moments } from './moments.ts';
import { Sequence } from './sequence.ts';

/**
 * The aggregators of one window that take in the same events: all, or those that meet one `where`. They are kept
 * by kind, so that each call below always meets the same class and V8 can inline it.
 */
export class Members {
  /** The bit of the where, 0 for all events. */
  readonly whereBit: number;
  private readonly counts: Count[] = [];
  private readonly moments: Moments[] = [];
  private readonly extremes: Extreme[] = [];
  private readonly distincts: Distinct[] = [];
  private readonly edgeEvents: EdgeEvent[] = [];
  private readonly rowCounts: RowCount[] = [];
  private readonly firstMets: FirstMet[] = [];
  private readonly sequences: Sequence[] = [];

  constructor(whereBit: number) {
    this.whereBit = whereBit;
  }

  add(aggregator: Aggregator): void {
    if (aggregator instanceof Count) this.counts.push(aggregator);
    else if (aggregator instanceof Moments) this.moments.push(aggregator);
    else if (aggregator instanceof Extreme) this.extremes.push(aggregator);
    else if (aggregator instanceof Distinct) this.distincts.push(aggregator);
    else if (aggregator instanceof EdgeEvent) this.edgeEvents.push(aggregator);
    else if (aggregator instanceof RowCount) this.rowCounts.push(aggregator);
    else if (aggregator instanceof FirstMet) this.firstMets.push(aggregator);
    else if (aggregator instanceof Sequence) this.sequences.push(aggregator);
    else throw new Error('an aggregator of no known kind');
  }

  /** Whether any row may begin or cease to meet these wheres, wherever in the window it stands. */
  isOrderFree(whereBits: number): boolean {
    if (this.sequences.some((sequence) => (sequence.whereBits & whereBits) !== 0)) return false;
    if ((this.whereBit & whereBits) === 0) return true;
    return this.extremes.length === 0 && this.edgeEvents.length === 0;
  }

  enter(windows: AccountWindows, row: number, offset: number, back: boolean): void {
    if (!this.has(windows, offset)) return;
    const { counts, moments, extremes, distincts, edgeEvents, firstMets, sequences } = this;
    // Before the values that they look at take the row in.
    for (let i = 0; i < firstMets.length; i++) firstMets[i]!.enter(windows, row, offset, back);
    for (let i = 0; i < counts.length; i++) counts[i]!.enter(windows);
    for (let i = 0; i < moments.length; i++) moments[i]!.enter(windows, row, offset);
    for (let i = 0; i < extremes.length; i++) extremes[i]!.enter(windows, row, offset, back);
    for (let i = 0; i < distincts.length; i++) distincts[i]!.enter(windows, row, offset);
    for (let i = 0; i < edgeEvents.length; i++) edgeEvents[i]!.enter(windows, row, offset, back);
    for (let i = 0; i < sequences.length; i++) sequences[i]!.enter(windows, row, offset, back);
  }

  leave(windows: AccountWindows, row: number, offset: number, back: boolean): void {
    if (!this.has(windows, offset)) return;
    const { counts, moments, extremes, distincts, edgeEvents } = this;
    for (let i = 0; i < counts.length; i++) counts[i]!.leave(windows);
    for (let i = 0; i < moments.length; i++) moments[i]!.leave(windows, row, offset);
    for (let i = 0; i < extremes.length; i++) extremes[i]!.leave(windows, row, offset, back);
    for (let i = 0; i < distincts.length; i++) distincts[i]!.leave(windows, row, offset);
    for (let i = 0; i < edgeEvents.length; i++) edgeEvents[i]!.leave(windows, row, offset, back);
  }

  archive(windows: AccountWindows, row: number, offset: number, isMember: boolean): void {
    if (!this.has(windows, offset)) return;
    for (const aggregator of this.all()) aggregator.archive(windows, row, offset, isMember);
  }

  rewind(windows: AccountWindows): void {
    for (const aggregator of this.all()) aggregator.rewind(windows);
  }

  private has(windows: AccountWindows, offset: number): boolean {
    return this.whereBit === 0 || (windows.whereBits(offset) & this.whereBit) !== 0;
  }

  private all(): Aggregator[] {
    return [
      ...this.counts,
      ...this.moments,
      ...this.extremes,
      ...this.distincts,
      ...this.edgeEvents,
      ...this.rowCounts,
    ];
  }
}
