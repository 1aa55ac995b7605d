import type { AccountWindows } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import type { Window } from './window.ts';

/** How many events of a window meet a `where`. */
export class Count implements Aggregator {
  private readonly slot: number;

  constructor(slot: number) {
    this.slot = slot;
  }

  enter(windows: AccountWindows): void {
    windows.words[this.slot]! += 1;
  }

  leave(windows: AccountWindows): void {
    windows.words[this.slot]! -= 1;
  }

  archive(): void {
    // It stays a member, so it stays counted.
  }

  rewind(): void {
    // Each row is taken away as it leaves.
  }

  number(windows: AccountWindows): number {
    return windows.words[this.slot]!;
  }
}

/** How many events a window holds: the distance of its edges, and those that have outlived the history. */
export class RowCount implements Aggregator {
  private readonly window: Window;
  private readonly archivedAt: number;

  constructor(window: Window, slot: number) {
    this.window = window;
    this.archivedAt = slot;
  }

  enter(): void {
    // The edges tell.
  }

  leave(): void {
    // The edges tell.
  }

  archive(windows: AccountWindows): void {
    windows.words[this.archivedAt]! += 1;
  }

  rewind(): void {
    // The edges tell.
  }

  number(windows: AccountWindows): number {
    return windows.words[this.archivedAt]! + this.window.head(windows) - this.window.tail(windows);
  }
}
