import { History, type HistoryShape } from './history.ts';
import { IndexDeque } from './index-deque.ts';
import { ValueArchive } from './value-archive.ts';

/** How much of each kind of working storage the aggregates of a rule set use in one account. */
export interface Storage {
  shape: HistoryShape;
  /** Initial numbers of the slots. */
  slots: Float64Array;
  deques: number;
  counts: number;
  archives: number;
}

/** What one account's windows hold: its events, and the running state of every aggregate over them. */
export class AccountWindows {
  readonly history: History;
  /** Edges of windows, counts, limbs of sums: all numbers of all aggregates, each at its own place. */
  readonly slots: Float64Array;
  readonly deques: IndexDeque[] = [];
  /** Rows by label, for distinct values. */
  readonly counts: number[][] = [];
  readonly archives: ValueArchive[] = [];
  /** Latest time folded in; -Infinity while there is none. */
  newestMs = -Infinity;
  /** Rows up to this time may have left the history. */
  droppedUpToMs = -Infinity;
  /** Values met up to this time may have left the archives. */
  forgottenUpToMs = -Infinity;

  constructor(storage: Storage) {
    this.history = new History(storage.shape);
    this.slots = storage.slots.slice();
    for (let i = 0; i < storage.deques; i++) this.deques.push(new IndexDeque());
    for (let i = 0; i < storage.counts; i++) this.counts.push([]);
    for (let i = 0; i < storage.archives; i++) this.archives.push(new ValueArchive());
  }
}
