import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { transactionSchema } from '../transaction.ts';
import { parseTransaction } from './parse-transaction.ts';

const least = {
  transactionId: 't-1',
  accountId: 'a-1',
  amountMinor: 1_250,
  currency: 'EUR',
  occurredAt: '2026-03-01T12:30:00.250Z',
};

function problems(value: unknown) {
  const result = parseTransaction(value);
  return 'problems' in result ? result.problems : [];
}

describe('unknown fields', () => {
  test.each([
    ['amount', 'amountMinor'],
    ['mcc', 'merchantCategory'],
    ['account_id', 'accountId'],
    ['DeviceID', 'deviceId'],
    ['lattitude', 'latitude'],
  ])('%s: did you mean %s', (field, meant) => {
    const problem = `is not a field of transaction; did you mean "${meant}"?`;
    expect(problems({ ...least, [field]: 1 })).toEqual([{ field, problem }]);
  });

  test('without likeness are only named', () => {
    expect(problems({ ...least, colour: 1 })).toEqual([
      { field: 'colour', problem: 'is not a field of transaction' },
    ]);
  });

  test('are shown only where their name is plain', () => {
    const found = problems({ ...least, '4111111111111111': 1, card_4111111111111111: 1, 'a b': 1 });
    expect(JSON.stringify(found)).not.toMatch(/4111|a b/);
    expect(found).toHaveLength(3);
  });

  test('in thousands give a short answer', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`field${i}`, i]));
    expect(problems({ ...least, ...many })).toHaveLength(20);
  });
});

describe('hostile input', () => {
  const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an array', []],
    ['text', 'x'],
    ['a number', 1],
    ['depth', deep],
    ['depth in an attribute', { ...least, attributes: { a: deep } }],
    ['__proto__', JSON.parse(`{"__proto__": {"accountId": "x"}}`)],
    ['a good one with __proto__', JSON.parse(`{"__proto__": 1, ${JSON.stringify(least).slice(1)}`)],
    ['constructor', { ...least, constructor: { prototype: {} } }],
  ])('%s is refused', (_, value) => expect(problems(value)).not.toEqual([]));

  test('never makes it throw, and every problem names a field', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    const nearly = fc
      .tuple(fc.constantFrom(...Object.keys(transactionSchema.shape), '__proto__', 'valueOf'), anything)
      .map(([field, value]) => ({ ...least, [field]: value }));
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue(), nearly), (value) => {
        for (const found of problems(value)) {
          expect(found.field).not.toBe('');
          expect(found.problem).not.toBe('');
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

test('a transaction of a file is parsed without clock or rates', () => {
  expect(parseTransaction({ ...least, occurredAt: '1999-12-31T23:59:59Z' })).toMatchObject({
    transaction: { transactionId: 't-1' },
  });
  expect(parseTransaction({})).toMatchObject({ problems: [{ field: 'transactionId' }, {}, {}, {}, {}] });
});
