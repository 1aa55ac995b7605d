import type { Amendment } from '../amendment.ts';
import type { TransactionSubmitted } from '../facts.ts';
import { occurredAtMs } from '../occurred-at.ts';
import { lowerNumber } from '../rules/expression-lower.ts';
import type { Layout, Scope } from '../rules/scope.ts';
import type { FieldType } from '../transaction.ts';
import { type AccountWindows, ORDINAL, type Row, type Storage } from '../windows/account-windows.ts';
import type { FeaturePlan } from '../windows/feature-plan.ts';
import { hashOf, LabelPool } from '../windows/label-pool.ts';
import type { LearntColumn } from '../windows/learnt-plan.ts';
import { type EventReader, eventReader } from './event-reader.ts';
import type { ScopeLayout } from './scope-layout.ts';

/** Reads a submission's fields into the scope, and gives the row of the history it becomes: always the same object. */
export class RowReader {
  readonly #scope: Scope;
  readonly #layout: Layout;
  readonly #readEvent: EventReader;
  readonly #conditions: ReturnType<typeof lowerNumber>[];
  readonly #fillRow: (scope: Scope, row: Row) => void;
  readonly #learnt: readonly LearntColumn[];
  readonly #ordinalAt: number;
  readonly #row: Row;

  constructor({ storage, wheres, learnt }: FeaturePlan, scoped: ScopeLayout, scope: Scope) {
    const { layout } = scoped;
    this.#scope = scope;
    this.#layout = layout;
    this.#readEvent = eventReader(scoped);
    this.#conditions = wheres.map((where) => lowerNumber(where!.tree, layout));
    this.#fillRow = rowFiller(storage, layout);
    this.#learnt = learnt?.columns ?? [];
    this.#ordinalAt = layout.get(ORDINAL)!.index;
    this.#row = {
      timeMs: 0,
      whereBits: 0,
      numbers: new Float64Array(storage.numbers.length),
      labels: storage.labels.map(() => undefined),
      hashes: storage.labels.map(() => 0),
    };
  }

  read(submitted: TransactionSubmitted, ordinal: number): Row {
    this.#readEvent(submitted, this.#scope);
    return this.#filled(submitted, ordinal);
  }

  /** The row of an earlier submission as it is once something was learnt, beside what was learnt of it before. */
  readAmended(
    windows: AccountWindows,
    place: number,
    { submitted, field, value }: Amendment,
    ordinal: number,
  ): Row {
    this.#readEvent(submitted, this.#scope);
    const offset = windows.offset(place);
    for (const column of this.#learnt) this.#take(windows, offset, column);
    const { type, index } = this.#layout.get(field)!;
    if (type === 'string') this.#scope.strings[index] = value as string;
    else this.#scope.numbers[index] = Number(value);
    return this.#filled(submitted, ordinal);
  }

  #take(windows: AccountWindows, offset: number, { field, kind, index }: LearntColumn): void {
    const at = this.#layout.get(field)!.index;
    if (kind === 'number') {
      this.#scope.numbers[at] = windows.number(offset, index);
    } else {
      const label = windows.label(offset, index);
      this.#scope.strings[at] =
        label === 0 ? undefined : (windows.dictionaries[index]!.valueOf(label) as string);
    }
  }

  #filled(submitted: TransactionSubmitted, ordinal: number): Row {
    const row = this.#row;
    const conditions = this.#conditions;
    const scope = this.#scope;
    scope.numbers[this.#ordinalAt] = ordinal;
    row.timeMs = occurredAtMs(submitted.transaction.occurredAt);
    row.whereBits = 0;
    for (let i = 0; i < conditions.length; i++) if (conditions[i]!(scope) === 1) row.whereBits |= 1 << i;
    this.#fillRow(scope, row);
    return row;
  }
}

/** Copies what the history keeps of an event from the scope into the row. */
function rowFiller(storage: Storage, layout: Layout): (scope: Scope, row: Row) => void {
  const numbersAt = storage.numbers.map((field) => layout.get(field)!.index);
  const labels = storage.labels.map((field) => layout.get(field)!);
  const pool = new LabelPool();
  return (scope, row) => {
    for (let i = 0; i < numbersAt.length; i++) row.numbers[i] = scope.numbers[numbersAt[i]!]!;
    for (let i = 0; i < labels.length; i++) {
      const value = labelValue(scope, labels[i]!);
      const hash = value === undefined ? 0 : hashOf(value);
      row.hashes[i] = hash;
      row.labels[i] = value === undefined ? undefined : pool.shared(value, hash);
    }
  };
}

function labelValue(
  scope: Scope,
  { type, index }: { type: FieldType; index: number },
): string | number | undefined {
  if (type === 'string') return scope.strings[index];
  const number = scope.numbers[index]!;
  return Number.isNaN(number) ? undefined : number;
}
