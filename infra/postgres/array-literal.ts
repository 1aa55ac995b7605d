/**
 * Arrays as PostgreSQL reads them, for many rows in the parameters of one statement (`unnest`): several times
 * faster than the client's own conversion, which asks each value for its type.
 */
export function numberArray(values: readonly (number | null)[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i++) text += `${i === 0 ? '' : ','}${values[i] ?? 'NULL'}`;
  return `${text}}`;
}

export function textArray(values: readonly (string | null)[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i++) text += `${i === 0 ? '' : ','}${quoted(values[i]!)}`;
  return `${text}}`;
}

export function byteaArray(values: readonly Uint8Array[]): string {
  return `{${values.map((bytes) => `"\\\\x${bytes.toHex()}"`).join(',')}}`;
}

const SPECIAL = /["\\]/g;

function quoted(value: string | null): string {
  if (value === null) return 'NULL';
  return value.includes('"') || value.includes('\\') ? `"${value.replace(SPECIAL, '\\$&')}"` : `"${value}"`;
}
