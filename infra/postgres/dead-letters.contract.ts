import { expect, test } from '@jest/globals';
import type { DeadLetter } from '../../domain/export-record.ts';
import type { Checkpoint, DeadLetters } from '../../domain/ports.ts';

export const letter = (
  accountId: string,
  revision: number,
  fields: Partial<DeadLetter> = {},
): DeadLetter => ({
  topic: 'risk-scores',
  id: `${accountId}-${revision}`,
  accountId,
  revision,
  value: JSON.stringify({ accountId, odd: '"\\,{}NULL\u0000😀' }),
  traceparent: null,
  partition: 0,
  problem: 'too large',
  ...fields,
});

export const HERE: Checkpoint = { partition: 0, position: 7, eventId: null };
const EARLIER: Checkpoint = { ...HERE, position: 3 };

/** @param open dead letters whose partition 0 stands at position 7 */
export function deadLettersContract(open: () => Promise<DeadLetters>): void {
  const all = (letters: DeadLetters) => letters.read({}, undefined, 100);
  const names = async (letters: DeadLetters) => (await all(letters)).map(({ id }) => id);

  test('are kept as they were given, once, and read in order, page by page', async () => {
    const letters = await open();
    const given = [
      letter('b', 2),
      letter('b', 10, { problem: 'waits', traceparent: '00-a' }),
      letter('B', 0),
      letter('b', 1, { topic: 'fraud-suspected' }),
    ];
    expect(await letters.keep(HERE, given, 'first')).toEqual(new Set(['b', 'B']));
    expect(await letters.keep(HERE, [letter('b', 2, { problem: 'again' })], 'first')).toEqual(new Set(['b']));
    expect(await all(letters)).toEqual([given[3], given[2], given[0], given[1]]);
    const second = await letters.read({}, given[2], 1);
    expect(second).toEqual([given[0]]);
    expect(await letters.read({ topic: 'risk-scores', accountId: 'b' }, given[0], 9)).toEqual([given[1]]);
    expect(await letters.accountsOf('fraud-suspected', ['b', 'B'])).toEqual(new Set(['b']));
  });

  test('wait behind others of their account and topic only', async () => {
    const letters = await open();
    await letters.keep(HERE, [letter('a', 1), letter('b', 1, { topic: 'fraud-suspected' })], 'first');
    const kept = await letters.keep(HERE, [letter('a', 2), letter('b', 2), letter('a', 3)], 'behind others');
    expect(kept).toEqual(new Set(['a']));
    expect(await names(letters)).toEqual(['b-1', 'a-1', 'a-2', 'a-3']);
    await letters.remove([letter('a', 1), letter('a', 2), letter('a', 3)]);
    expect(await letters.keep(HERE, [letter('a', 4)], 'behind others')).toEqual(new Set());
    expect(await names(letters)).toEqual(['b-1']);
  });

  test('of one whose checkpoint was moved by another are not kept', async () => {
    const letters = await open();
    expect(await letters.keep(EARLIER, [letter('a', 1)], 'first')).toBeUndefined();
    expect(await letters.keep(EARLIER, [letter('a', 1)], 'behind others')).toBeUndefined();
    expect(await names(letters)).toEqual([]);
  });

  test('say why they were refused again', async () => {
    const letters = await open();
    await letters.keep(HERE, [letter('a', 1), letter('a', 2)], 'first');
    await letters.blame(letter('a', 1), 'still too large');
    expect((await all(letters)).map(({ problem }) => problem)).toEqual(['still too large', 'too large']);
  });
}
