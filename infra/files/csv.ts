import type { FeatureValue } from '../../domain/facts.ts';

const NEEDS_QUOTES = /[",\r\n]/;

/** A cell by RFC 4180; a missing value is empty. */
export function csvCell(value: FeatureValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  return NEEDS_QUOTES.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

export function csvRow(cells: readonly FeatureValue[]): string {
  let row = '';
  for (let i = 0; i < cells.length; i++) row += i === 0 ? csvCell(cells[i]!) : `,${csvCell(cells[i]!)}`;
  return `${row}\n`;
}
