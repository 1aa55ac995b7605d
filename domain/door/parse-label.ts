import { z } from 'zod';
import { occurredAtMs } from '../occurred-at.ts';
import { identifier, instant } from '../transaction.ts';
import { type FieldNames, type FieldProblem, fieldProblems } from './field-problems.ts';

/** Lower case, so that two spellings of one source are not two. */
const SOURCE = /^[a-z][a-z0-9_-]{0,63}$/;

/** What somebody has found out of a transaction. */
export const labelSchema = z.strictObject({
  transactionId: identifier,
  accountId: identifier.optional().describe('May be left out where only one account has the transaction'),
  label: z.enum(['fraud', 'genuine']),
  source: z
    .string()
    .regex(SOURCE, 'must be a name in small letters such as "chargeback"')
    .describe('Who says so: analyst, chargeback, issuer, …'),
  knownAt: instant.describe('When the source knew it, RFC 3339; a later one of the same source corrects it'),
  occurredAt: instant.optional().describe('Of the transaction, where the source says so; it is not compared'),
});

export type LabelInput = z.infer<typeof labelSchema>;

/** Checks what someone handed in as a label. Total: never throws on any JSON value. */
export function parseLabel(value: unknown): { label: LabelInput } | { problems: FieldProblem[] } {
  const parsed = labelSchema.safeParse(value);
  return parsed.success
    ? { label: parsed.data }
    : { problems: fieldProblems(parsed.error, value, LABEL_NAMES) };
}

/** What makes a label the same as one given before, by whoever gives it again. */
export function labelKey({
  transactionId,
  source,
  knownAt,
}: Omit<LabelInput, 'accountId' | 'label'>): string {
  return `label ${source} ${occurredAtMs(knownAt)} ${transactionId}`;
}

export const LABEL_NAMES: FieldNames = {
  root: 'label',
  known: Object.keys(labelSchema.shape),
  aliases: {
    id: 'transactionId',
    account: 'accountId',
    fraud: 'label',
    isfraud: 'label',
    class: 'label',
    origin: 'source',
    time: 'knownAt',
    timestamp: 'knownAt',
    reportedat: 'knownAt',
  },
};
