import type { TransactionSubmitted } from '../facts.ts';
import { occurredAtMs } from '../occurred-at.ts';
import { lowerNumber } from '../rules/expression-lower.ts';
import type { Layout, Scope } from '../rules/scope.ts';
import type { FieldType } from '../transaction.ts';
import type { Row, Storage } from '../windows/account-windows.ts';
import type { FeaturePlan } from '../windows/feature-plan.ts';
import { hashOf, LabelPool } from '../windows/label-pool.ts';
import { eventReader } from './event-reader.ts';

/** Reads a submission's fields into the scope, and gives the row of the history it becomes: always the same object. */
export type RowReader = (submitted: TransactionSubmitted, scope: Scope) => Row;

export function rowReader(
  { storage, wheres }: FeaturePlan,
  fields: readonly string[],
  layout: Layout,
): RowReader {
  const readEvent = eventReader(fields, layout);
  const fillRow = rowFiller(storage, layout);
  const conditions = wheres.map((where) => lowerNumber(where!.tree, layout));
  const row: Row = {
    timeMs: 0,
    whereBits: 0,
    numbers: new Float64Array(storage.numbers.length),
    labels: storage.labels.map(() => undefined),
    hashes: storage.labels.map(() => 0),
  };
  return (submitted, scope) => {
    readEvent(submitted, scope);
    row.timeMs = occurredAtMs(submitted.transaction.occurredAt);
    row.whereBits = 0;
    for (let i = 0; i < conditions.length; i++) if (conditions[i]!(scope) === 1) row.whereBits |= 1 << i;
    fillRow(scope, row);
    return row;
  };
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
