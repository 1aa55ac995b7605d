import { type Transaction, transactionSchema } from '../transaction.ts';
import { type FieldNames, type FieldProblem, fieldProblems } from './field-problems.ts';
import { isTransaction } from './is-transaction.ts';

/**
 * Checks what someone handed in as a transaction: its fields, not yet what depends on clock or configuration.
 * Total: never throws on any JSON value.
 */
export function parseTransaction(
  value: unknown,
): { transaction: Transaction } | { problems: FieldProblem[] } {
  if (isTransaction(value)) return { transaction: value };
  const parsed = transactionSchema.safeParse(value);
  if (!parsed.success) return { problems: fieldProblems(parsed.error, value, NAMES) };
  return hidesAttribute(value) ? { problems: [HIDDEN_ATTRIBUTE] } : { transaction: parsed.data };
}

/** zod leaves a key `__proto__` of a record out without a word; nothing that was sent may vanish. */
function hidesAttribute(value: unknown): boolean {
  const { attributes } = value as Transaction;
  return attributes !== undefined && Object.hasOwn(attributes, '__proto__');
}

const HIDDEN_ATTRIBUTE: FieldProblem = {
  field: 'attributes.__proto__',
  problem: 'must be named by a letter, then up to 63 letters, digits or underscores',
};

const NAMES: FieldNames = {
  root: 'transaction',
  known: Object.keys(transactionSchema.shape),
  aliases: {
    id: 'transactionId',
    idempotencykey: 'transactionId',
    account: 'accountId',
    customerid: 'accountId',
    amount: 'amountMinor',
    amountcents: 'amountMinor',
    currencycode: 'currency',
    timestamp: 'occurredAt',
    time: 'occurredAt',
    date: 'occurredAt',
    createdat: 'occurredAt',
    merchant: 'merchantId',
    mcc: 'merchantCategory',
    payee: 'counterpartyId',
    payeeid: 'counterpartyId',
    beneficiary: 'counterpartyId',
    card: 'cardToken',
    pan: 'cardToken',
    cardnumber: 'cardToken',
    device: 'deviceId',
    ip: 'ipAddress',
    lat: 'latitude',
    lon: 'longitude',
    lng: 'longitude',
    status: 'outcome',
    result: 'outcome',
    metadata: 'attributes',
  },
};
