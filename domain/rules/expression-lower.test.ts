import { describe, expect, test } from '@jest/globals';
import { lowerNumber } from './expression-lower.ts';
import { boolean, number } from './test-support/lowered.ts';

describe('three-valued logic', () => {
  const TRUTH: [boolean | undefined, boolean | undefined, boolean | undefined, boolean | undefined][] = [
    // p, q, p and q, p or q
    [true, true, true, true],
    [true, false, false, true],
    [false, true, false, true],
    [false, false, false, false],
    [true, undefined, undefined, true],
    [undefined, true, undefined, true],
    [false, undefined, false, undefined],
    [undefined, false, false, undefined],
    [undefined, undefined, undefined, undefined],
  ];

  test.each(TRUTH)('%s, %s: and is %s, or is %s', (p, q, and, or) => {
    expect(boolean('p and q', { p, q })).toBe(and);
    expect(boolean('p or q', { p, q })).toBe(or);
    expect(boolean('not (p and q)', { p, q })).toBe(and === undefined ? undefined : !and);
  });

  test('a chain of comparisons is the and of its links', () => {
    expect(boolean('1 < x < 5', { x: 3 })).toBe(true);
    expect(boolean('1 < x < 5', { x: 5 })).toBe(false);
    expect(boolean('1 < x < 5 < y', { x: 7 })).toBe(false);
    expect(boolean('1 < x < 5')).toBeUndefined();
  });
});

describe('missing', () => {
  test.each([
    'x > 1',
    'x <= 1',
    'x == 1',
    'x != 1',
    'x == y',
    'x < y',
    'p == q',
    's == "a"',
    's != "a"',
    's == t',
    'oneOf(s, "a", "b")',
    'oneOf(x, 1, 2)',
    'x + 1 > 0',
    'max(1, x) > 0',
    'p ? true : false',
    'distanceKm(x, 1, 1, 1) > 0',
  ])('%s is missing where what it reads is', (source) => {
    expect(boolean(source)).toBeUndefined();
  });

  test.each([
    '1 / 0',
    '0 / 0',
    'mod(1, 0)',
    'mod(0, 0)',
    '5 % 0',
    'sqrt(-1)',
    'log(0)',
    'log(-1)',
    'log10(-1)',
    'log2(0)',
    '(-8)^(1/3)',
    '0^-1',
    'exp(1000)',
    '1e308 * 10',
    '-1e308 - 1e308',
    'distanceKm(91, 0, 0, 0)',
  ])('%s is missing', (source) => {
    expect(number(source)).toBeUndefined();
  });

  test('has and coalesce ask for it', () => {
    expect(boolean('has(x)', { x: 0 })).toBe(true);
    expect(boolean('has(x)')).toBe(false);
    expect(boolean('has(s)', { s: '' })).toBe(true);
    expect(boolean('has(s)')).toBe(false);
    expect(boolean('has(p)', { p: false })).toBe(true);
    expect(boolean('has(1 / x)', { x: 0 })).toBe(false);
    expect(number('coalesce(x, y, 7)')).toBe(7);
    expect(number('coalesce(x, y, 7)', { y: 2 })).toBe(2);
    expect(number('coalesce(x, y, 7)', { x: 0, y: 2 })).toBe(0);
    expect(boolean('coalesce(s, t, "c") == "c"')).toBe(true);
    expect(boolean('coalesce(p, false)', {})).toBe(false);
  });

  test('a branch not taken may be missing', () => {
    expect(number('p ? x : y', { p: true, x: 1 })).toBe(1);
    expect(number('p ? x : y', { p: false, x: 1 })).toBeUndefined();
    expect(boolean('(p ? s : t) == "b"', { p: false, t: 'b' })).toBe(true);
    expect(boolean('(p ? s : t) == "b"', { s: 'b', t: 'b' })).toBeUndefined();
  });
});

describe('values', () => {
  test('strings compare whole, by their code units', () => {
    expect(boolean('s == "DE"', { s: 'DE' })).toBe(true);
    expect(boolean('s != "DE"', { s: 'de' })).toBe(true);
    expect(boolean('oneOf(s, "a", "b")', { s: 'b' })).toBe(true);
    expect(boolean('oneOf(s, "a", "b")', { s: 'c' })).toBe(false);
    expect(boolean(`s == 'it"s # && fine'`, { s: 'it"s # && fine' })).toBe(true);
  });

  test('remainders have the sign of the divisor and are exact', () => {
    expect(number('mod(-7, 3)')).toBe(2);
    expect(number('mod(7, -3)')).toBe(-2);
    expect(number('mod(x, 3)', { x: 2 ** 53 - 1 })).toBe(Number((2n ** 53n - 1n) % 3n));
    expect(number('x % 10000 + y % z', { x: 90_000, y: 7, z: 4 })).toBe(3);
  });

  test('halves round away from zero', () => {
    expect([0.5, 1.5, -0.5, -2.5, 0.49999999999999994].map((x) => number('round(x)', { x }))).toEqual([
      1, 2, -1, -3, 0,
    ]);
  });

  test('an expression may run over several lines', () => {
    expect(boolean('x > 1\n  and y > 1\n', { x: 2, y: 2 })).toBe(true);
  });
});

test('a tree that names what the scope does not hold is refused when it is lowered', () => {
  const symbol = { kind: 'symbol', name: 'gone', type: 'number' } as const;
  expect(() => lowerNumber(symbol, new Map())).toThrow('the scope holds no "gone"');
  expect(() => lowerNumber(symbol, new Map([['gone', { type: 'string', index: 0 }]]))).toThrow(
    'string in the scope',
  );
});
