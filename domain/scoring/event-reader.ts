import type { TransactionSubmitted } from '../facts.ts';
import type { Layout, Scope } from '../rules/scope.ts';
import type { FieldType } from '../transaction.ts';
import type { Row, Storage } from '../windows/account-windows.ts';
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
export function rowFiller(
  { numbers, labels: labelFields }: Storage,
  layout: Layout,
): (scope: Scope, row: Row) => void {
  const numbersAt = numbers.map((field) => layout.get(field)!.index);
  const labels = labelFields.map((field) => layout.get(field)!);
  return (scope, row) => {
    for (let i = 0; i < numbersAt.length; i++) row.numbers[i] = scope.numbers[numbersAt[i]!]!;
    for (let i = 0; i < labels.length; i++) row.labels[i] = labelValue(scope, labels[i]!);
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
