import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { accountStream, alertStream } from '../domain/facts.ts';
import { keyPartitions, logKey, partitionOfKey } from './key-partitions.ts';
import { murmur2 } from './murmur2.ts';

/** From Kafka's own UtilsTest. */
const OF_KAFKA: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
];

test.each(OF_KAFKA)('murmur2 of %s is what Kafka says', (key, hash) => {
  expect(murmur2(new TextEncoder().encode(key))).toBe(hash);
});

test('a key has the partition that a Kafka client gives it', () => {
  const theirs = Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.integer({ min: 1, max: 64 }),
      (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 1,
          partitionErrorCode: 0,
          replicas: [1],
          isr: [1],
        }));
        const partition = theirs({ topic: 't', partitionMetadata, message: { key, value: null } });
        expect(partitionOfKey(key, count)).toBe(partition);
      },
    ),
  );
});

test('an account and an alert are keyed by their ids; nothing else is mirrored', () => {
  expect(logKey({ stream: accountStream('a-1') })).toBe('a-1');
  expect(logKey({ stream: alertStream('f00') })).toBe('f00');
  expect(() => logKey({ stream: 'ruleset-r' })).toThrow('facts of ruleset-r are not mirrored');
});

test.each([0, -1, 1.5, Number.NaN])('%s partitions are refused', (count) => {
  expect(() => keyPartitions(count)).toThrow('the number of partitions must be a whole number of at least 1');
});
