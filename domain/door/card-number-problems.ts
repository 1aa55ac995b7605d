import { TRANSACTION_FIELDS, type Transaction } from '../transaction.ts';
import { holdsCardNumber, textHoldsCardNumber } from './card-number.ts';
import type { FieldProblem } from './field-problems.ts';

const IDENTIFIERS = ['accountId', 'cardToken', 'counterpartyId', 'deviceId'] as const;

/** The fields in which card numbers are looked for, unless switched off. */
export const CARD_NUMBER_FIELDS: readonly string[] = [...IDENTIFIERS, 'attributes'];

/** Where a transaction holds what looks like a card number. The problem never repeats it. */
export function cardNumberProblems(transaction: Transaction, fields: ReadonlySet<string>): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const field of IDENTIFIERS) {
    const value = transaction[field];
    if (value !== undefined && fields.has(field) && holdsCardNumber(value))
      problems.push(problem(field, field));
  }
  if (transaction.attributes === undefined || !fields.has('attributes')) return problems;
  for (const [name, value] of Object.entries(transaction.attributes)) {
    if (typeof value === 'boolean') continue;
    const holds = typeof value === 'string' ? textHoldsCardNumber(value) : holdsCardNumber(String(value));
    if (holds) problems.push(problem(`attributes.${name}`, 'attributes'));
  }
  return problems;
}

/**
 * The same for a value of one field that is handed in by itself, such as one for a list.
 * @param named what to call it in the problem
 */
export function cardNumberProblem(
  field: string,
  value: string,
  fields: ReadonlySet<string>,
  named: string,
): FieldProblem | undefined {
  const isIdentifier = (IDENTIFIERS as readonly string[]).includes(field);
  const isAttribute = !Object.hasOwn(TRANSACTION_FIELDS, field);
  const switchName = isIdentifier ? field : isAttribute ? 'attributes' : undefined;
  if (switchName === undefined || !fields.has(switchName)) return undefined;
  const holds = isIdentifier ? holdsCardNumber(value) : textHoldsCardNumber(value);
  return holds ? problem(named, switchName) : undefined;
}

function problem(field: string, switchName: string): FieldProblem {
  return {
    field,
    problem:
      'looks like a card number, which does not belong here: send a token of it ' +
      `(if your own identifiers look so, the operator can switch this check off for ${switchName})`,
  };
}
