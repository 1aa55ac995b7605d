import type { TransactionSubmitted } from '../facts.ts';
import { LocalClock } from '../local-time/local-clock.ts';
import { type LocalField, localField } from '../local-time/local-field.ts';
import { offsetsOf, type Zones } from '../local-time/zone-offsets.ts';
import { occurredAtMs } from '../occurred-at.ts';
import type { Layout, Scope } from '../rules/scope.ts';
import { fieldReader } from './field-readers.ts';
import type { ScopeLayout } from './scope-layout.ts';

/** Reads a submission's fields into the scope. */
export type EventReader = (submitted: TransactionSubmitted, scope: Scope) => void;

export function eventReader({ fields, layout, zones }: ScopeLayout): EventReader {
  const clocks = new Map<string, LocalClock>();
  const readings = fields.map((field) => {
    const local = localField(field);
    return local === undefined
      ? fieldReading(field, layout)
      : localReading(local, layout.get(field)!.index, zones, clocks);
  });
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

/** @param clocks one a zone, made where it is first asked for */
function localReading(
  { function: wanted, zone }: LocalField,
  index: number,
  zones: Zones,
  clocks: Map<string, LocalClock>,
): EventReader {
  const clock = clocks.get(zone) ?? new LocalClock(offsetsOf(zones, zone));
  clocks.set(zone, clock);
  return ({ transaction }, scope) => {
    scope.numbers[index] = clock[wanted](occurredAtMs(transaction.occurredAt));
  };
}
