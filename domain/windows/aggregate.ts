import type { AccountWindows } from './account-windows.ts';

/**
 * One running aggregate over the rows of one window. It keeps its numbers in the account's words, so one object
 * serves all accounts.
 *
 * Rows come and go at both edges: as time moves on they enter at the newer edge and leave at the older one;
 * when a late event is scored the window is moved back and they do the opposite (`back`).
 */
export interface Aggregator {
  enter(windows: AccountWindows, row: number, offset: number, back: boolean): void;
  leave(windows: AccountWindows, row: number, offset: number, back: boolean): void;
  /**
   * The oldest row leaves the history: only of windows that outlive it. It stays a member, or has passed the
   * horizon and becomes one again if a late event moves the window back.
   */
  archive(windows: AccountWindows, row: number, offset: number, isMember: boolean): void;
  /**
   * Every row is about to leave at the newer edge: only what outlived the history is left, as of the beginning
   * of time.
   */
  rewind(windows: AccountWindows): void;
}
