import type { TransactionSubmitted } from '../facts.ts';
import type { Layout, Scope } from '../rules/scope.ts';
import type { FieldType } from '../transaction.ts';
import type { Row, Storage } from '../windows/account-windows.ts';
import { hashOf, LabelPool } from '../windows/label-pool.ts';
import { fieldReader } from './field-readers.ts';

/** Reads a submission's fields into the scope. */
export type EventReader = (submitted: TransactionSubmitted, scope: Scope) => void;

export function eventReader(fields: readonly string[], layout: Layout): EventReader {
  const readings = fields.map((field) => fieldReading(field, layout));
  return (submitted, scope) => {
    for (let i = 0; i < readings.length; i++) readings[i]!(submitted, scope);
  };
}

function fieldReading(field: string, layout: Layout): EventReader {
  const { type, index } = layout.get(field)!;
  const read = fieldReader(field, type);
  if (type === 'string') {
    return (submitted, scope) => {
      scope.strings[index] = read(submitted) as string | undefined;
    };
  }
  if (type === 'boolean') {
    return (submitted, scope) => {
      const value = read(submitted);
      scope.numbers[index] = value === undefined ? Number.NaN : value ? 1 : 0;
    };
  }
  return (submitted, scope) => {
    scope.numbers[index] = (read(submitted) as number | undefined) ?? Number.NaN;
  };
}

/** Copies what the history keeps of an event from the scope into a row. */
export function rowFiller(storage: Storage, layout: Layout): (scope: Scope, row: Row) => void {
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
