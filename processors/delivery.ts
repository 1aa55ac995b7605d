/**
 * What a reader that has handled everything up to `handled` does with a record that covers (from, position]:
 *
 * - `skip`: it has been handled (repeated, or read again after a rewind);
 * - `handle`: nothing lies between what was handled and this record;
 * - `heal`: records in (handled, from] may have been lost, came out of order or have expired: they are read from
 *   the store first.
 *
 * Losses, repeats, reordering, rewinds and expiry are all this one rule.
 */
export type Delivery = 'skip' | 'handle' | 'heal';

export function delivery(handled: number, record: { from: number; position: number }): Delivery {
  if (record.position <= handled) return 'skip';
  return record.from <= handled ? 'handle' : 'heal';
}
