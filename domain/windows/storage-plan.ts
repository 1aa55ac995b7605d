import { COMMON_SLOTS, type Storage } from './account-windows.ts';

/** Gives out the places of an account's memory to what the features of a rule set need. */
export class StoragePlan {
  private readonly slots: number[] = [...COMMON_SLOTS];
  private readonly numbers: string[] = [];
  private readonly labels: string[] = [];
  private readonly labelCounts: number[] = [];
  private derived = 0;
  private deques = 0;
  private archives = 0;

  /** The first of as many slots as there are initial values. */
  takeSlots(initial: readonly number[]): number {
    return this.slots.push(...initial) - initial.length;
  }

  takeDeque(): number {
    return this.deques++;
  }

  takeArchive(): number {
    return this.archives++;
  }

  /** The first of as many numbers noted at every row. */
  takeDerived(columns: number): number {
    this.derived += columns;
    return this.derived - columns;
  }

  numberColumn(field: string): number {
    return column(this.numbers, field);
  }

  labelColumn(field: string): number {
    return column(this.labels, field);
  }

  /** A count of its own for each value of the column. */
  takeCounter(labelColumn: number): number {
    const counter = this.labelCounts[labelColumn] ?? 0;
    this.labelCounts[labelColumn] = counter + 1;
    return counter;
  }

  storage(): Storage {
    const { slots, numbers, labels, derived, deques, archives } = this;
    const labelCounts = labels.map((_, column) => this.labelCounts[column] ?? 0);
    return { slots, numbers, labels, derived, labelCounts, deques, archives };
  }
}

function column(columns: string[], field: string): number {
  const at = columns.indexOf(field);
  return at === -1 ? columns.push(field) - 1 : at;
}
