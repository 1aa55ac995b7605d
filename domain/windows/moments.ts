import type { FeatureValue } from '../facts.ts';
import type { AccountWindows } from './account-windows.ts';
import type { Aggregator, Reading } from './aggregate.ts';
import {
  addSquare,
  addValue,
  deviationOf,
  meanOf,
  SQUARE_LIMBS,
  SUM_LIMBS,
  sumAsBigint,
  sumAsDouble,
  takeSquare,
  takeValue,
} from './exact-sum.ts';

/** How many events a window holds. */
export class Count implements Aggregator, Reading {
  static readonly SLOTS = 1;
  private readonly slot: number;

  constructor(slot: number) {
    this.slot = slot;
  }

  enter(windows: AccountWindows): void {
    windows.slots[this.slot]! += 1;
  }

  leave(windows: AccountWindows): void {
    windows.slots[this.slot]! -= 1;
  }

  archive(): void {
    // It stays a member, so it stays counted.
  }

  rewind(): void {
    // Each row was taken away as it left.
  }

  number(windows: AccountWindows): number {
    return windows.slots[this.slot]!;
  }

  recorded(_windows: AccountWindows, number: number): FeatureValue {
    return number;
  }
}

/** Count, sum and sum of squares of an amount, over the events that have it. All exact. */
export class Moments implements Aggregator {
  static readonly SLOTS = 1 + SUM_LIMBS + SQUARE_LIMBS;
  private readonly column: number;
  private readonly countAt: number;
  private readonly sumAt: number;
  private readonly squaresAt: number;
  /** Squares cost time and are kept only where a deviation is asked for. */
  private squares = false;

  constructor(column: number, slot: number) {
    this.column = column;
    this.countAt = slot;
    this.sumAt = slot + 1;
    this.squaresAt = slot + 1 + SUM_LIMBS;
  }

  keepSquares(): void {
    this.squares = true;
  }

  enter(windows: AccountWindows, _row: number, offset: number): void {
    const value = windows.history.number(offset, this.column);
    if (Number.isNaN(value)) return;
    windows.slots[this.countAt]! += 1;
    addValue(windows.slots, this.sumAt, value);
    if (this.squares) addSquare(windows.slots, this.squaresAt, value);
  }

  leave(windows: AccountWindows, _row: number, offset: number): void {
    const value = windows.history.number(offset, this.column);
    if (Number.isNaN(value)) return;
    windows.slots[this.countAt]! -= 1;
    takeValue(windows.slots, this.sumAt, value);
    if (this.squares) takeSquare(windows.slots, this.squaresAt, value);
  }

  archive(): void {
    // It stays a member, so it stays counted.
  }

  rewind(): void {
    // Each row was taken away as it left.
  }

  count(windows: AccountWindows): number {
    return windows.slots[this.countAt]!;
  }

  sum(windows: AccountWindows): number {
    return sumAsDouble(windows.slots, this.sumAt);
  }

  exactSum(windows: AccountWindows): bigint {
    return sumAsBigint(windows.slots, this.sumAt);
  }

  mean(windows: AccountWindows): number {
    const count = this.count(windows);
    return count === 0 ? Number.NaN : meanOf(windows.slots, this.sumAt, count);
  }

  deviation(windows: AccountWindows): number {
    const count = this.count(windows);
    return count < 2 ? Number.NaN : deviationOf(windows.slots, this.sumAt, this.squaresAt, count);
  }
}

/** 0 where the window is empty. */
export class Sum implements Reading {
  private readonly moments: Moments;

  constructor(moments: Moments) {
    this.moments = moments;
  }

  number(windows: AccountWindows): number {
    return this.moments.sum(windows);
  }

  recorded(windows: AccountWindows, number: number): FeatureValue {
    return number <= Number.MAX_SAFE_INTEGER ? number : this.moments.exactSum(windows).toString();
  }
}

/** Missing where the window is empty. */
export class Mean implements Reading {
  private readonly moments: Moments;

  constructor(moments: Moments) {
    this.moments = moments;
  }

  number(windows: AccountWindows): number {
    return this.moments.mean(windows);
  }

  recorded(_windows: AccountWindows, number: number): FeatureValue {
    return Number.isNaN(number) ? null : number;
  }
}

/** The sample standard deviation; missing below two events. */
export class Deviation implements Reading {
  private readonly moments: Moments;

  constructor(moments: Moments) {
    this.moments = moments;
    moments.keepSquares();
  }

  number(windows: AccountWindows): number {
    return this.moments.deviation(windows);
  }

  recorded(_windows: AccountWindows, number: number): FeatureValue {
    return Number.isNaN(number) ? null : number;
  }
}
