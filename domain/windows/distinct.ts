import type { FeatureValue } from '../facts.ts';
import type { FieldValue } from '../transaction.ts';
import type { AccountWindows } from './account-windows.ts';
import type { Aggregator, Reading } from './aggregate.ts';
import type { Row } from './history.ts';
import type { Window } from './window.ts';

/**
 * How many different values of a field the events of a window have, by counting the rows of each. Of a window
 * that outlives the history, values whose rows have all left are remembered with the time they were last met.
 */
export class Distinct implements Aggregator, Reading {
  static readonly SLOTS = 2;
  private readonly window: Window;
  private readonly column: number;
  private readonly counts: number;
  private readonly archived: number | null;
  private readonly heldAt: number;
  /** Values alive in the archive that no row in the window has. */
  private readonly onlyArchivedAt: number;

  constructor(window: Window, column: number, counts: number, archived: number | null, slot: number) {
    this.window = window;
    this.column = column;
    this.counts = counts;
    this.archived = archived;
    this.heldAt = slot;
    this.onlyArchivedAt = slot + 1;
  }

  enter(windows: AccountWindows, _row: number, offset: number): void {
    const label = windows.history.label(offset, this.column);
    if (label === 0) return;
    const counts = windows.counts[this.counts]!;
    while (counts.length <= label) counts.push(0);
    counts[label]! += 1;
    if (counts[label] === 1) {
      windows.slots[this.heldAt]! += 1;
      if (this.isArchived(windows, label)) windows.slots[this.onlyArchivedAt]! -= 1;
    }
  }

  leave(windows: AccountWindows, _row: number, offset: number): void {
    const label = windows.history.label(offset, this.column);
    if (label !== 0) this.take(windows, label);
  }

  archive(windows: AccountWindows, row: number, offset: number, isMember: boolean): void {
    const label = windows.history.label(offset, this.column);
    if (label === 0 || this.archived === null) return;
    const value = windows.history.dictionaries[this.column]!.valueOf(label)!;
    windows.archives[this.archived]!.add(value, windows.history.time(row));
    if (isMember) this.take(windows, label);
  }

  rewind(windows: AccountWindows): void {
    this.moveEdge(windows, -Infinity);
  }

  number(windows: AccountWindows, scored: Row): number {
    this.moveEdge(windows, scored.timeMs);
    return windows.slots[this.heldAt]! + windows.slots[this.onlyArchivedAt]!;
  }

  recorded(_windows: AccountWindows, number: number): FeatureValue {
    return number;
  }

  /** Whether an event in the window has the value. */
  holds(windows: AccountWindows, value: FieldValue, timeMs: number): boolean {
    this.moveEdge(windows, timeMs);
    const label = windows.history.dictionaries[this.column]!.idOf(value);
    if ((windows.counts[this.counts]![label] ?? 0) > 0) return true;
    return this.archived !== null && windows.archives[this.archived]!.isAlive(value);
  }

  private take(windows: AccountWindows, label: number): void {
    const counts = windows.counts[this.counts]!;
    counts[label]! -= 1;
    if (counts[label] === 0) {
      windows.slots[this.heldAt]! -= 1;
      if (this.isArchived(windows, label)) windows.slots[this.onlyArchivedAt]! += 1;
    }
  }

  private isArchived(windows: AccountWindows, label: number): boolean {
    if (this.archived === null) return false;
    return windows.archives[this.archived]!.isAlive(
      windows.history.dictionaries[this.column]!.valueOf(label)!,
    );
  }

  private moveEdge(windows: AccountWindows, timeMs: number): void {
    if (this.archived === null) return;
    const counts = windows.counts[this.counts]!;
    const dictionary = windows.history.dictionaries[this.column]!;
    windows.archives[this.archived]!.moveEdge(
      timeMs - this.window.delayMs - this.window.lengthMs,
      (value, by) => {
        if ((counts[dictionary.idOf(value)] ?? 0) === 0) windows.slots[this.onlyArchivedAt]! += by;
      },
    );
  }
}

/** Whether no earlier event of the window has the scored transaction's value; missing where it has none. */
export class FirstSeen implements Reading {
  private readonly distinct: Distinct;
  private readonly labelColumn: number;

  constructor(distinct: Distinct, labelColumn: number) {
    this.distinct = distinct;
    this.labelColumn = labelColumn;
  }

  number(windows: AccountWindows, scored: Row): number {
    const value = scored.labels[this.labelColumn];
    if (value === undefined) return Number.NaN;
    return this.distinct.holds(windows, value, scored.timeMs) ? 0 : 1;
  }

  recorded(_windows: AccountWindows, number: number): FeatureValue {
    return Number.isNaN(number) ? null : number === 1;
  }
}
