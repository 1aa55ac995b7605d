import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FactDraft, StoredFact } from './facts.ts';
import { occurredAtMs } from './occurred-at.ts';
import type { Submission } from './ports.ts';
import { decideSubmission, isRepeat } from './submission.ts';
import type { Transaction } from './transaction.ts';

const PAYMENT: Transaction = {
  transactionId: 't1',
  accountId: 'a1',
  amountMinor: 1250,
  currency: 'EUR',
  occurredAt: '2026-03-01T12:30:00.250Z',
  country: 'DE',
  attributes: { shop: 'north', basket: 3 },
};
const OCCURRED_MS = occurredAtMs(PAYMENT.occurredAt);

function draftOf(transaction: Transaction, door: Record<string, unknown> = {}): FactDraft {
  const { ipAddress, latitude, longitude, ...rest } = transaction;
  const personal = { ipAddress, latitude, longitude };
  return {
    eventId: 'e1',
    type: 'TransactionSubmitted',
    schemaVersion: 1,
    key: transaction.transactionId,
    data: JSON.stringify({
      transaction: rest,
      amountBaseMinor: 1250,
      receivedAtMs: 1,
      origin: 'live',
      ...door,
    }),
    personal: Object.values(personal).some((value) => value !== undefined) ? JSON.stringify(personal) : null,
    metadata: null,
  };
}

function submissionOf(transaction: Transaction, bounds: Partial<Submission> = {}): Submission {
  return {
    accountId: transaction.accountId,
    transactionId: transaction.transactionId,
    occurredAtMs: occurredAtMs(transaction.occurredAt),
    draft: draftOf(transaction, { receivedAtMs: 2, amountBaseMinor: 9, ratesVersion: 7, origin: 'import' }),
    notBeforeMs: OCCURRED_MS - 1000,
    notAfterMs: OCCURRED_MS + 1000,
    ...bounds,
  };
}

const known = (transaction: Transaction): StoredFact => ({
  ...draftOf(transaction),
  stream: `account-${transaction.accountId}`,
  revision: 4,
  position: 17,
});

const conflictOver = (changes: Partial<Transaction>, before: Transaction = PAYMENT) => {
  const outcome = decideSubmission(submissionOf({ ...before, ...changes }), known(before));
  return outcome.kind === 'conflict' ? outcome.fields : outcome.kind;
};

describe('a transaction that is not known', () => {
  test('is appended', () => {
    expect(decideSubmission(submissionOf(PAYMENT), undefined)).toEqual({ kind: 'append' });
  });

  test('is appended at the bounds and refused one millisecond beyond them, saying the bound', () => {
    const at = (bounds: Partial<Submission>) => decideSubmission(submissionOf(PAYMENT, bounds), undefined);
    expect(at({ notBeforeMs: OCCURRED_MS, notAfterMs: OCCURRED_MS })).toEqual({ kind: 'append' });
    expect(at({ notBeforeMs: OCCURRED_MS + 1 })).toEqual({
      kind: 'refused',
      field: 'occurredAt',
      problem:
        'is 2026-03-01T12:30:00.250Z, but a new transaction must not have occurred before 2026-03-01T12:30:00.251Z',
    });
    expect(at({ notAfterMs: OCCURRED_MS - 1 })).toEqual({
      kind: 'refused',
      field: 'occurredAt',
      problem:
        'is 2026-03-01T12:30:00.250Z, but a new transaction must not occur after 2026-03-01T12:30:00.249Z',
    });
  });

  test('may be of any age when it is imported', () => {
    expect(decideSubmission(submissionOf(PAYMENT, { notBeforeMs: null }), undefined)).toEqual({
      kind: 'append',
    });
  });
});

describe('a transaction that is known', () => {
  test('gets its first answer, whatever the door added this time', () => {
    expect(decideSubmission(submissionOf(PAYMENT), known(PAYMENT))).toEqual({
      kind: 'known',
      revision: 4,
      position: 17,
    });
  });

  test('gets its first answer also when it would by now be outside the bounds', () => {
    const late = submissionOf(PAYMENT, { notBeforeMs: OCCURRED_MS + 1, notAfterMs: OCCURRED_MS - 1 });
    expect(decideSubmission(late, known(PAYMENT)).kind).toBe('known');
  });

  test('conflicts over the fields that differ, with the place of the first', () => {
    const outcome = decideSubmission(
      submissionOf({ ...PAYMENT, amountMinor: 1, currency: 'USD' }),
      known(PAYMENT),
    );
    expect(outcome).toEqual({
      kind: 'conflict',
      revision: 4,
      position: 17,
      fields: ['amountMinor', 'currency'],
    });
  });

  test('conflicts also where it would be refused by the clock', () => {
    const late = submissionOf({ ...PAYMENT, amountMinor: 1 }, { notBeforeMs: OCCURRED_MS + 1 });
    expect(decideSubmission(late, known(PAYMENT)).kind).toBe('conflict');
  });

  test.each<[string, Partial<Transaction>, string[]]>([
    ['a field added', { channel: 'atm' }, ['channel']],
    ['a personal field added', { ipAddress: '10.0.0.1' }, ['ipAddress']],
    ['a later instant', { occurredAt: '2026-03-01T12:30:00.251Z' }, ['occurredAt']],
    ['an attribute of another type', { attributes: { shop: 'north', basket: '3' } }, ['attributes.basket']],
    ['attributes gone', { attributes: {} }, ['attributes.shop', 'attributes.basket']],
    [
      'an attribute named as an inherited member',
      { attributes: { ...PAYMENT.attributes, constructor: 1 } },
      ['attributes.constructor'],
    ],
  ])('conflicts over %s', (_, changes, fields) => {
    expect(conflictOver(changes)).toEqual(fields);
  });

  test('conflicts over a personal field that changed or is gone', () => {
    const located = { ...PAYMENT, latitude: 52.5, longitude: 13.4 };
    expect(conflictOver({ latitude: 52.6 }, located)).toEqual(['latitude']);
    expect(decideSubmission(submissionOf(PAYMENT), known(located))).toMatchObject({
      kind: 'conflict',
      fields: ['latitude', 'longitude'],
    });
  });
});

describe('content', () => {
  test('is the same with its instant written otherwise, its keys in another order, its attributes empty or absent', () => {
    expect(conflictOver({ occurredAt: '2026-03-01T13:30:00.25+01:00' })).toBe('known');
    expect(conflictOver({ attributes: { basket: 3, shop: 'north' } })).toBe('known');
    const { attributes: _, ...bare } = PAYMENT;
    expect(decideSubmission(submissionOf({ ...bare, attributes: {} }), known(bare)).kind).toBe('known');
  });

  test('of any kind equals itself, and nothing else', () => {
    const scalar = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
    const content = fc.record(
      {
        amountMinor: fc.maxSafeNat(),
        merchantId: fc.stringMatching(/^[\x21-\x7e]{1,8}$/),
        latitude: fc.double({ min: -90, max: 90, noNaN: true }),
        attributes: fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,5}$/), scalar, { maxKeys: 4 }),
      },
      { requiredKeys: ['amountMinor'] },
    );
    const plain = (value: object) => JSON.stringify(Object.entries(value).sort());
    const canonical = ({ attributes = {}, ...rest }: Partial<Transaction>) =>
      plain({
        ...JSON.parse(JSON.stringify(rest)),
        attributes: plain(JSON.parse(JSON.stringify(attributes))),
      });
    fc.assert(
      fc.property(content, content, (one, other) => {
        const base = {
          transactionId: 't1',
          accountId: 'a1',
          currency: 'EUR',
          occurredAt: PAYMENT.occurredAt,
        };
        const first = { ...base, ...one } as Transaction;
        const second = { ...base, ...other } as Transaction;
        expect(decideSubmission(submissionOf(first), known(first)).kind).toBe('known');
        const same = canonical(one as Partial<Transaction>) === canonical(other as Partial<Transaction>);
        expect(decideSubmission(submissionOf(second), known(first)).kind).toBe(same ? 'known' : 'conflict');
      }),
    );
  });
});

describe('a value that no check has passed', () => {
  const { occurredAt: _, ...undated } = PAYMENT;

  test.each([
    ['the same', PAYMENT],
    ['the same instant, written otherwise', { ...PAYMENT, occurredAt: '2026-03-01T13:30:00.25+01:00' }],
  ])('repeats what is known: %s', (_name, value) => expect(isRepeat(value, PAYMENT)).toBe(true));

  test.each([
    ['null', null],
    ['a list', []],
    ['another time', { ...PAYMENT, occurredAt: '2026-03-01T12:30:00.251Z' }],
    ['no time', undated],
    ['a number for a time', { ...PAYMENT, occurredAt: 5 }],
    ['null for a time', { ...PAYMENT, occurredAt: null }],
    ['nonsense for a time', { ...PAYMENT, occurredAt: 'yesterday' }],
    ['null for attributes', { ...PAYMENT, attributes: null }],
    ['a list for attributes', { ...PAYMENT, attributes: [] }],
    ['another field', { ...PAYMENT, colour: 'red' }],
    ['null for a field it has not', { ...PAYMENT, deviceId: null }],
  ])('is no repeat: %s', (_name, value) => expect(isRepeat(value, PAYMENT)).toBe(false));

  test('is never an error, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (value, occurredAt, attributes) => {
        expect(isRepeat(value, PAYMENT)).toBe(false);
        expect(isRepeat({ ...PAYMENT, occurredAt, attributes } as unknown, PAYMENT)).toBe(false);
      }),
    );
  });
});
