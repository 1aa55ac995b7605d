/** What an expression may ask local clocks for, of the transaction it is about. */
export const LOCAL_FUNCTIONS = ['hourOfDay', 'dayOfWeek'] as const;
export type LocalFunction = (typeof LOCAL_FUNCTIONS)[number];

/** What local clocks show of a transaction's time, as a checked expression reads it: by a name no field can have. */
export interface LocalField {
  function: LocalFunction;
  zone: string;
}

const LOCAL_FIELD = new RegExp(`^(${LOCAL_FUNCTIONS.join('|')})\\((.+)\\)$`);

export const localFieldName = (field: LocalField): string => `${field.function}(${field.zone})`;

/** The field of that name; undefined where it is none of them. */
export function localField(name: string): LocalField | undefined {
  const match = LOCAL_FIELD.exec(name);
  return match === null ? undefined : { function: match[1] as LocalFunction, zone: match[2]! };
}
