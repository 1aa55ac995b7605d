import type { FieldValue } from '../transaction.ts';
import type { AccountWindows, Row } from './account-windows.ts';
import type { Aggregator } from './aggregate.ts';
import { hashOf } from './label-pool.ts';
import type { Window } from './window.ts';

/**
 * How many different values of a field the events of a window have, by counting the rows of each. Of a window
 * that outlives the history, values whose rows have all left are remembered with the time they were last met.
 */
export class Distinct implements Aggregator {
  private readonly window: Window;
  private readonly column: number;
  /** Which of the dictionary's counts. */
  private readonly counter: number;
  private readonly archived: number | null;
  private readonly heldAt: number;
  /** Values alive in the archive that no row in the window has. */
  private readonly onlyArchivedAt: number;

  constructor(window: Window, column: number, counter: number, archived: number | null, slot: number) {
    this.window = window;
    this.column = column;
    this.counter = counter;
    this.archived = archived;
    this.heldAt = slot;
    this.onlyArchivedAt = slot + 1;
  }

  static initialSlots(): number[] {
    return [0, 0];
  }

  enter(windows: AccountWindows, _row: number, offset: number): void {
    const label = windows.label(offset, this.column);
    if (label === 0) return;
    if (windows.dictionaries[this.column]!.changeCount(label, this.counter, 1) > 1) return;
    windows.words[this.heldAt]! += 1;
    if (this.isArchived(windows, label)) windows.words[this.onlyArchivedAt]! -= 1;
  }

  leave(windows: AccountWindows, _row: number, offset: number): void {
    const label = windows.label(offset, this.column);
    if (label !== 0) this.take(windows, label);
  }

  archive(windows: AccountWindows, row: number, offset: number, isMember: boolean): void {
    const label = windows.label(offset, this.column);
    if (label === 0 || this.archived === null) return;
    const dictionary = windows.dictionaries[this.column]!;
    const wasArchived = this.isArchived(windows, label);
    windows.archives[this.archived]!.add(dictionary.valueOf(label)!, windows.time(row));
    if (isMember) this.take(windows, label);
    else if (!wasArchived && dictionary.count(label, this.counter) === 0 && this.isArchived(windows, label)) {
      windows.words[this.onlyArchivedAt]! += 1;
    }
  }

  rewind(windows: AccountWindows): void {
    this.moveEdge(windows, -Infinity);
  }

  number(windows: AccountWindows, scored: Row): number {
    this.moveEdge(windows, scored.timeMs);
    return windows.words[this.heldAt]! + windows.words[this.onlyArchivedAt]!;
  }

  /** Whether (1, 0) no event in the window has the scored transaction's value; NaN where it has none itself. */
  isNew(windows: AccountWindows, { labels, hashes, timeMs }: Row): number {
    const value = labels[this.column];
    if (value === undefined) return Number.NaN;
    this.moveEdge(windows, timeMs);
    return this.holds(windows, value, hashes[this.column]!) ? 0 : 1;
  }

  /** Whether a row that is about to enter has a value that no event in the window has. */
  isFirst(windows: AccountWindows, row: number, offset: number): boolean {
    const label = windows.label(offset, this.column);
    if (label === 0) return false;
    this.moveEdge(windows, windows.time(row));
    const isHeld = windows.dictionaries[this.column]!.count(label, this.counter) > 0;
    return !isHeld && !this.isArchived(windows, label);
  }

  private holds(windows: AccountWindows, value: FieldValue, hash: number): boolean {
    const dictionary = windows.dictionaries[this.column]!;
    if (dictionary.count(dictionary.idOf(value, hash), this.counter) > 0) return true;
    return this.archived !== null && windows.archives[this.archived]!.isAlive(value);
  }

  private take(windows: AccountWindows, label: number): void {
    if (windows.dictionaries[this.column]!.changeCount(label, this.counter, -1) > 0) return;
    windows.words[this.heldAt]! -= 1;
    if (this.isArchived(windows, label)) windows.words[this.onlyArchivedAt]! += 1;
  }

  private isArchived(windows: AccountWindows, label: number): boolean {
    if (this.archived === null) return false;
    return windows.archives[this.archived]!.isAlive(windows.dictionaries[this.column]!.valueOf(label)!);
  }

  private moveEdge(windows: AccountWindows, timeMs: number): void {
    if (this.archived === null) return;
    const edgeMs = timeMs - this.window.newerEdge.delayMs - this.window.lengthMs;
    const archive = windows.archives[this.archived]!;
    if (!archive.changesAt(edgeMs)) return;
    const dictionary = windows.dictionaries[this.column]!;
    archive.moveEdge(edgeMs, (value, by) => {
      if (dictionary.count(dictionary.idOf(value, hashOf(value)), this.counter) === 0) {
        windows.words[this.onlyArchivedAt]! += by;
      }
    });
  }
}
