import { z } from 'zod';
import { nameTaken } from '../rules/names.ts';
import {
  ATTRIBUTE_NAME,
  isStorableText,
  LONGEST_ATTRIBUTE,
  PERSONAL_FIELDS,
  TRANSACTION_FIELDS,
  transactionSchema,
} from '../transaction.ts';

/** Fields of a transaction that a list may be of; an attribute of text may stand there, too. */
export const LIST_FIELDS = [
  'accountId',
  'merchantId',
  'merchantCategory',
  'merchantCountry',
  'country',
  'currency',
  'counterpartyId',
  'cardToken',
  'deviceId',
  'ipAddress',
] as const;

type OwnField = (typeof LIST_FIELDS)[number];

const isOwn = (field: string): field is OwnField => (LIST_FIELDS as readonly string[]).includes(field);

/** Why no list can be of that field; null if one can. */
export function listFieldProblem(field: string): string | null {
  if (isOwn(field)) return null;
  const isAttribute = ATTRIBUTE_NAME.test(field) && !Object.hasOwn(TRANSACTION_FIELDS, field);
  if (isAttribute && nameTaken(field) === null) return null;
  return `must be one of ${LIST_FIELDS.join(', ')}, or an attribute of text of your own`;
}

/** What a transaction may have in that field: what cannot be there shall not be listed. */
export function listValueSchema(field: string): z.ZodType<string> {
  if (isOwn(field)) {
    const schema: z.ZodType = transactionSchema.shape[field];
    return (schema instanceof z.ZodOptional ? schema.unwrap() : schema) as z.ZodType<string>;
  }
  return z
    .string()
    .min(1)
    .max(LONGEST_ATTRIBUTE)
    .refine(isStorableText, 'must be well-formed Unicode without NUL');
}

/** Whether values of the field say where a person is, and lie in an envelope of their own. */
export const isPersonalField = (field: string): boolean => PERSONAL_FIELDS.includes(field);

const COUNTRIES: readonly string[] = ['country', 'merchantCountry'];

/** Whether a list of one field says something of another: of itself, and of any country. */
export const isListFor = (of: string, field: string): boolean =>
  of === field || (COUNTRIES.includes(of) && COUNTRIES.includes(field));
