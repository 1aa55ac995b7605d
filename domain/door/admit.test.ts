import { describe, expect, test } from '@jest/globals';
import type { RateTable } from '../rates.ts';
import { admit, DEFAULT_FUTURE_MS, DEFAULT_LATENESS_MS, type DoorContext } from './admit.ts';
import { CARD_NUMBER_FIELDS } from './card-number-problems.ts';

const RECEIVED_AT_MS = Date.UTC(2026, 2, 1, 13);
const rates: RateTable = { version: 4, base: 'EUR', rates: { USD: '0.9197' } };
const context: DoorContext = {
  receivedAtMs: RECEIVED_AT_MS,
  rates,
  latenessMs: DEFAULT_LATENESS_MS,
  futureMs: DEFAULT_FUTURE_MS,
  origin: 'live',
  eventId: '0d9b2a3e-7c1f-4e0b-9b43-3f6f0f8a1c11',
  cardNumberFields: new Set(CARD_NUMBER_FIELDS),
};
const least = {
  transactionId: 't-1',
  accountId: 'a-1',
  amountMinor: 1_250,
  currency: 'EUR',
  occurredAt: '2026-03-01T12:30:00.250Z',
};

function admitted(value: unknown, changed: Partial<DoorContext> = {}) {
  const result = admit(value, { ...context, ...changed });
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.submission;
}

function problems(value: unknown, changed: Partial<DoorContext> = {}) {
  const result = admit(value, { ...context, ...changed });
  return 'problems' in result ? result.problems : [];
}

describe('an admitted transaction', () => {
  test('becomes a draft under its id, with its time and bounds', () => {
    expect(admitted(least)).toEqual({
      accountId: 'a-1',
      transactionId: 't-1',
      occurredAtMs: Date.UTC(2026, 2, 1, 12, 30, 0, 250),
      notBeforeMs: RECEIVED_AT_MS - 7 * 86_400_000,
      notAfterMs: RECEIVED_AT_MS + 300_000,
      draft: {
        eventId: context.eventId,
        type: 'TransactionSubmitted',
        schemaVersion: 1,
        key: 't-1',
        data: JSON.stringify({
          transaction: least,
          amountBaseMinor: 1_250,
          ratesVersion: null,
          receivedAtMs: RECEIVED_AT_MS,
          origin: 'live',
        }),
        personal: null,
        metadata: null,
      },
    });
  });

  test('has its personal fields in their own envelope only', () => {
    const where = { ipAddress: '192.0.2.7', latitude: 52.5, longitude: -13.4 };
    const { draft } = admitted({ ...least, ...where });
    expect(JSON.parse(draft.personal!)).toEqual(where);
    expect(JSON.parse(draft.data).transaction).toEqual(least);
    expect(draft.data).not.toContain('192.0.2.7');
  });

  test('is converted by the table in force, which it names', () => {
    const data = JSON.parse(admitted({ ...least, currency: 'USD' }).draft.data);
    expect(data).toMatchObject({ amountBaseMinor: 1_150, ratesVersion: 4 });
  });

  test('has no base amount where there is no rate', () => {
    const data = JSON.parse(admitted({ ...least, currency: 'GBP' }).draft.data);
    expect(data).toMatchObject({ amountBaseMinor: null, ratesVersion: null });
  });

  test('of an import may be as old as it is', () => {
    const { notBeforeMs, notAfterMs, draft } = admitted(least, { origin: 'import' });
    expect(notBeforeMs).toBeNull();
    expect(notAfterMs).toBe(RECEIVED_AT_MS + 300_000);
    expect(JSON.parse(draft.data).origin).toBe('import');
  });

  test('keeps its trace for operators', () => {
    const { draft } = admitted(least, { traceparent: '00-aa-bb-01' });
    expect(JSON.parse(draft.metadata!)).toEqual({ traceparent: '00-aa-bb-01' });
  });
});

const goodValues: Record<string, unknown[]> = {
  transactionId: ['a', '~!"', 'x'.repeat(128)],
  accountId: ['0', 'account-7'],
  amountMinor: [0, 1, 2 ** 53 - 1],
  currency: ['EUR', 'JPY', 'KWD'],
  occurredAt: ['2026-03-01T12:30:00Z', '2026-03-01T12:30:00.1+05:30', '2024-02-29T23:59:59.999-00:00'],
  merchantId: ['m'],
  merchantCategory: ['5411', '0000'],
  merchantCountry: ['DE'],
  country: ['US'],
  counterpartyId: ['DE89370400440532013000'],
  channel: ['card_present', 'direct_debit'],
  entryMode: ['chip', 'credential_on_file'],
  direction: ['debit', 'credit'],
  type: ['authorization', 'verification'],
  cardToken: ['tok_4f'],
  deviceId: ['3b241101-e2bb-4255-8caf-4136c566a962'],
  ipAddress: ['192.0.2.1', '2001:db8::1'],
  latitude: [-90, 0, 90],
  longitude: [-180, 180],
  outcome: ['authorised', 'declined'],
  attributes: [{}, { basket: 3, vip: true, note: 'zwölf', constructor: 'x' }],
};

const badValues: [field: string, value: unknown, problem: RegExp][] = [
  ['transactionId', '', /1 to 128 printable ASCII/],
  ['transactionId', 'two words', /1 to 128 printable ASCII/],
  ['accountId', 'x'.repeat(129), /1 to 128 printable ASCII/],
  ['accountId', 'konto-ü', /1 to 128 printable ASCII/],
  ['accountId', 'a\0', /1 to 128 printable ASCII/],
  ['accountId', 17, /must be a string, not a number/],
  ['accountId', null, /must be a string, not null/],
  ['amountMinor', '12.50', /must be a number, not a string/],
  ['amountMinor', 12.5, /must be a whole number/],
  ['amountMinor', -1, /must be at least 0/],
  ['amountMinor', 2 ** 53, /must be at most 9007199254740991/],
  ['amountMinor', Number.POSITIVE_INFINITY, /must be a finite number/],
  ['currency', 'eur', /ISO 4217.*send "EUR"/],
  ['currency', 'XAU', /ISO 4217.*such as "EUR"/],
  ['occurredAt', 1_772_368_200, /must be a string, not a number/],
  ['occurredAt', '2026-03-01', /RFC 3339/],
  ['occurredAt', '2026-03-01T12:30:00.1234Z', /has 4 decimals/],
  ['occurredAt', '2026-12-31T23:59:60Z', /leap seconds/],
  ['merchantId', [], /must be a string, not an array/],
  ['merchantCategory', 5411, /must be a string, not a number/],
  ['merchantCategory', '54', /four-digit ISO 18245/],
  ['merchantCountry', 'DEU', /ISO 3166-1 alpha-2/],
  ['country', 'de', /send "DE"/],
  ['counterpartyId', {}, /must be a string, not an object/],
  ['channel', 'card_presnt', /one of .*did you mean "card_present"/],
  ['channel', 'fax', /must be one of "card_present", /],
  ['entryMode', true, /must be one of "chip", /],
  ['direction', 'out', /must be one of "debit", "credit"/],
  ['type', 'purchase', /must be one of "authorization", /],
  ['cardToken', ' ', /1 to 128 printable ASCII/],
  ['deviceId', 'é', /1 to 128 printable ASCII/],
  ['ipAddress', '10.0.0.300', /IPv4 or IPv6/],
  ['latitude', 90.001, /must be at most 90/],
  ['longitude', -181, /must be at least -180/],
  ['outcome', 'approved', /must be one of "authorised", "declined"/],
  ['attributes', [1], /must be a JSON object, not an array/],
  [
    'attributes',
    Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, i])),
    /at most 32 entries/,
  ],
];

describe('each field', () => {
  test.each(Object.entries(goodValues))('%s is taken where it is right', (field, values) => {
    for (const value of values) expect(problems({ ...least, [field]: value })).toEqual([]);
  });

  test.each(badValues)('%s refuses %j', (field, value, problem) => {
    expect(problems({ ...least, [field]: value })).toEqual([
      { field, problem: expect.stringMatching(problem) },
    ]);
  });

  test.each(Object.keys(least))('%s must be there', (field) => {
    const value = Object.fromEntries(Object.entries(least).filter(([name]) => name !== field));
    expect(problems(value)).toEqual([{ field, problem: 'is missing' }]);
  });

  test('all that is wrong is said at once', () => {
    const found = problems({ transactionId: 1, currency: 'EU', channel: 'x', latitude: 91 });
    expect(found.map(({ field }) => field).sort()).toEqual(
      ['accountId', 'amountMinor', 'channel', 'currency', 'latitude', 'occurredAt', 'transactionId'].sort(),
    );
  });
});

describe('attributes', () => {
  test.each([
    ['a', null, /string, a finite number, true or false/],
    ['a', [1], /string, a finite number, true or false/],
    ['a', { b: 1 }, /string, a finite number, true or false/],
    ['a', Number.NEGATIVE_INFINITY, /string, a finite number, true or false/],
    ['a', 'x'.repeat(257), /at most 256 characters/],
    ['a', 'nul \0', /well-formed Unicode without NUL/],
    ['a', 'half \ud83d', /well-formed Unicode without NUL/],
    ['_a', 1, /named by a letter/],
  ])('%s refuses %j', (name, value, problem) => {
    const found = problems({ ...least, attributes: { [name]: value } });
    expect(found).toEqual([{ field: `attributes.${name}`, problem: expect.stringMatching(problem) }]);
  });

  test('named __proto__ does not vanish', () => {
    const attributes = JSON.parse('{"__proto__": 1}');
    expect(problems({ ...least, attributes })).toMatchObject([{ field: 'attributes.__proto__' }]);
  });
});

describe('the card-number firewall', () => {
  const number = '4111111111111111';
  test.each(['accountId', 'cardToken', 'counterpartyId', 'deviceId'])(
    'guards %s, unless switched off',
    (field) => {
      const value = { ...least, [field]: number };
      const found = problems(value);
      expect(found).toEqual([{ field, problem: expect.stringMatching(/looks like a card number/) }]);
      expect(JSON.stringify(found)).not.toContain('4111');
      const others = new Set(CARD_NUMBER_FIELDS.filter((name) => name !== field));
      expect(problems(value, { cardNumberFields: others })).toEqual([]);
    },
  );

  test.each([number, Number(number), 'paid with 4111 1111 1111 1111'])('guards attributes: %j', (note) => {
    const found = problems({ ...least, attributes: { basket: 3, note } });
    expect(found).toEqual([{ field: 'attributes.note', problem: expect.stringMatching(/card number/) }]);
    expect(problems({ ...least, attributes: { note } }, { cardNumberFields: new Set() })).toEqual([]);
  });
});
