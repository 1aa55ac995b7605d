import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lineGroups } from './lines.ts';

async function split(chunks: Buffer[], longest = 1_000): Promise<[number, string | null][]> {
  const found: [number, string | null][] = [];
  async function* source() {
    yield* chunks;
  }
  for await (const group of lineGroups(source(), longest)) {
    for (const { number, bytes } of group) found.push([number, bytes?.toString('utf8') ?? null]);
  }
  return found;
}

describe('lines of a stream', () => {
  test('are the same however the stream is cut', async () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '{', '\r', ' '), maxLength: 12 }), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.array(fc.nat(200), { maxLength: 10 }),
        fc.boolean(),
        async (texts, cuts, hasEnd) => {
          const whole = Buffer.from(texts.join('\n') + (hasEnd ? '\n' : ''));
          const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
          const chunks = at.slice(1).map((end, i) => whole.subarray(at[i], end));
          const expected = texts
            .map((text, i) => [i + 1, text] as const)
            .filter(([, text]) => text !== '' && text !== '\r');
          expect(await split(chunks)).toEqual(expected);
        },
      ),
    );
  });

  test('one that is too long is told by its number, and held in no memory', async () => {
    const chunk = Buffer.alloc(100, 'x');
    const long = Array.from({ length: 50 }, () => chunk);
    expect(
      await split([Buffer.from('a\n'), ...long, Buffer.from('\nb\nxxxxxxxxx'), Buffer.from('xx')], 10),
    ).toEqual([
      [1, 'a'],
      [2, null],
      [3, 'b'],
      [4, null],
    ]);
    expect(await split([Buffer.from('0123456789\n')], 10)).toEqual([[1, '0123456789']]);
  });

  test('of one chunk come as one group', async () => {
    async function* source() {
      yield Buffer.from('a\nb\nc');
      yield Buffer.from('d\n');
    }
    const groups = [];
    for await (const group of lineGroups(source(), 10)) groups.push(group.length);
    expect(groups).toEqual([2, 1]);
  });
});
