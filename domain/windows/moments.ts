import type { AccountWindows } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import {
  addSquare,
  addValue,
  deviationOf,
  meanOf,
  SUM_LIMBS,
  sumAsBigint,
  sumAsDouble,
  takeSquare,
  takeValue,
} from './exact-sum.ts';

/** Count, sum and, where a deviation is asked for, sum of squares of an amount, over the events that have it. All exact. */
export class Moments implements Aggregator {
  private readonly column: number;
  private readonly countAt: number;
  private readonly sumAt: number;
  /** 0 where no squares are kept. */
  private squaresAt = 0;

  constructor(column: number, slot: number) {
    this.column = column;
    this.countAt = slot;
    this.sumAt = slot + 1;
  }

  static initialSlots(): number[] {
    return new Array<number>(1 + SUM_LIMBS).fill(0);
  }

  keepSquares(takeSlots: () => number): void {
    if (this.squaresAt === 0) this.squaresAt = takeSlots();
  }

  enter(windows: AccountWindows, _row: number, offset: number): void {
    const value = windows.number(offset, this.column);
    if (Number.isNaN(value)) return;
    const { words } = windows;
    words[this.countAt]! += 1;
    addValue(words, this.sumAt, value);
    if (this.squaresAt !== 0) addSquare(words, this.squaresAt, value);
  }

  leave(windows: AccountWindows, _row: number, offset: number): void {
    const value = windows.number(offset, this.column);
    if (Number.isNaN(value)) return;
    const { words } = windows;
    words[this.countAt]! -= 1;
    takeValue(words, this.sumAt, value);
    if (this.squaresAt !== 0) takeSquare(words, this.squaresAt, value);
  }

  archive(): void {
    // It stays a member, so it stays counted.
  }

  rewind(): void {
    // Each row is taken away as it leaves.
  }

  /** 0 where the window is empty. */
  sum({ words }: AccountWindows): number {
    return sumAsDouble(words, this.sumAt);
  }

  exactSum({ words }: AccountWindows): bigint {
    return sumAsBigint(words, this.sumAt);
  }

  /** NaN where the window is empty. */
  mean({ words }: AccountWindows): number {
    const count = words[this.countAt]!;
    return count === 0 ? Number.NaN : meanOf(words, this.sumAt, count);
  }

  /** The sample standard deviation, of moments that keep squares; NaN below two events. */
  deviation({ words }: AccountWindows): number {
    const count = words[this.countAt]!;
    return count < 2 ? Number.NaN : deviationOf(words, this.sumAt, this.squaresAt, count);
  }
}
