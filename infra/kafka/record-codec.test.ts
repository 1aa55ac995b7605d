import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountStream, alertStream, type StoredFact } from '../../domain/facts.ts';
import type { LogRecord } from '../../domain/ports.ts';
import type { OutgoingMessage } from './kafka-client.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';

/** Lone surrogates are no text that UTF-8 can carry; ids and JSON texts never hold one. */
const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((value) => value.isWellFormed());
const textOrNull = fc.option(text);

const fact = (position: number): fc.Arbitrary<StoredFact> =>
  fc.record({
    stream: fc.oneof(text.map(accountStream), text.map(alertStream)),
    revision: fc.nat(),
    eventId: text,
    type: text,
    schemaVersion: fc.nat(9),
    key: textOrNull,
    data: text,
    personal: textOrNull,
    metadata: fc.option(fc.dictionary(text, text).map((object) => JSON.stringify(object))),
    position: fc.constant(position),
  });

const record: fc.Arbitrary<LogRecord> = fc
  .tuple(fc.nat(), fc.maxSafeNat(), fc.maxSafeNat())
  .chain(([partition, a, b]) => {
    const [from, position] = [Math.min(a, b), Math.max(a, b)];
    const ruleSet = fc.option(fc.record({ name: text, version: fc.nat() }));
    const tick = fc.constant({ partition, from, position, fact: null, ruleSet: null });
    return fc.oneof(
      tick,
      fc.record({
        partition: fc.constant(partition),
        from: fc.constant(from),
        position: fc.constant(position),
        fact: fact(position),
        ruleSet,
        stamps: fc.array(fc.oneof(fc.constant(null), fc.boolean(), text, fc.maxSafeNat())),
      }),
    );
  });

const fetched = ({ value, headers }: OutgoingMessage) => ({
  offset: 7,
  value: value === null ? null : Buffer.from(value),
  headers,
});

test('a record comes out of the topic as it went in', () => {
  fc.assert(
    fc.property(record, (given) => {
      expect(decodeRecord(given.partition, fetched(encodeRecord(given)))).toEqual({ ...given, offset: 7 });
    }),
  );
});

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const SAMPLE: LogRecord = {
  partition: 1,
  from: 3,
  position: 5,
  fact: {
    stream: 'account-a',
    revision: 0,
    eventId: 'e',
    type: 'TransactionSubmitted',
    schemaVersion: 1,
    key: 't',
    data: '{"amountMinor":1}',
    personal: null,
    metadata: JSON.stringify({ traceparent: TRACE }),
    position: 5,
  },
  ruleSet: { name: 'cards', version: 2 },
};

test('others can see what a message is without opening it', () => {
  const { key, headers } = encodeRecord(SAMPLE);
  expect(key).toBe('a');
  expect(headers).toEqual({
    from: '3',
    position: '5',
    ruleSet: '["cards",2]',
    schema: '1',
    traceparent: TRACE,
  });
});

describe('a message that is no record is refused', () => {
  const { headers, value } = encodeRecord(SAMPLE);
  test.each([
    ['without a position', { from: '3' }, value, 'header position is undefined, not a position'],
    ['from after position', { from: '6', position: '5' }, value, 'from 6 lies after position 5'],
    ['a negative position', { from: '-1', position: '5' }, value, 'header from is "-1", not a position'],
    ['a rule set without version', { ...headers, ruleSet: '["x"]' }, value, 'header ruleSet is ["x"]'],
    ['a value that is not JSON', headers, 'xyz', 'Unexpected token'],
    ['a value that is no fact', headers, '{"stream":"account-a"}', 'the value is not a fact'],
  ])('%s', (_, given, body, problem) => {
    const message = { offset: 9, value: Buffer.from(body!), headers: given as Record<string, string> };
    expect(() => decodeRecord(1, message)).toThrow(`partition 1, offset 9: ${problem}`);
  });

  test('cut anywhere', () => {
    const whole = Buffer.from(value!);
    for (let end = 0; end < whole.length; end++) {
      const message = { offset: 0, value: whole.subarray(0, end), headers };
      expect(() => decodeRecord(1, message)).toThrow('partition 1, offset 0');
    }
  });
});
