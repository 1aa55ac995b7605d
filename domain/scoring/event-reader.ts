import type { TransactionSubmitted } from '../facts.ts';
import type { Layout, Scope } from '../rules/scope.ts';
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
