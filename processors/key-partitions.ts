import { accountOfStream, alertOfStream, type StoredFact } from '../domain/facts.ts';
import type { Partitions } from './mirror.ts';
import { murmur2 } from './murmur2.ts';

/** What a mirrored fact is keyed by in the log: its account, or its alert. */
export function logKey({ stream }: Pick<StoredFact, 'stream'>): string {
  const key = accountOfStream(stream) ?? alertOfStream(stream);
  if (key === undefined) throw new RangeError(`facts of ${stream} are not mirrored`);
  return key;
}

/** The partition Kafka's default partitioner gives a key. */
export function partitionOfKey(key: string, count: number): number {
  return (murmur2(utf8.encode(key)) & 0x7fffffff) % count;
}

const utf8 = new TextEncoder();

/** The partitions of the distributed log: a fact's is a function of its key alone. */
export function keyPartitions(count: number): Partitions {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`the number of partitions must be a whole number of at least 1, not ${count}`);
  }
  return { count, of: (fact) => partitionOfKey(logKey(fact), count) };
}
