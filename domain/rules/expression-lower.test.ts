import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { all, create, type MathNode } from 'mathjs/number';
import type { FieldType, FieldValue } from '../transaction.ts';
import { checkExpression } from './expression-check.ts';
import { lowerNumber, lowerString } from './expression-lower.ts';
import type { Scope, Slot } from './scope.ts';

type Values = Record<string, FieldValue | undefined>;

const TYPES: Record<string, FieldType> = {
  x: 'number',
  y: 'number',
  z: 'number',
  i: 'number',
  j: 'number',
  p: 'boolean',
  q: 'boolean',
  s: 'string',
  t: 'string',
};

function lowered(source: string, values: Values, type: FieldType): FieldValue | undefined {
  const checked = checkExpression(source, new Map(Object.entries(TYPES)), type);
  if ('problems' in checked) throw new Error(`${source}: ${JSON.stringify(checked.problems)}`);
  const scope: Scope = { numbers: new Float64Array(16), strings: [] };
  const layout = new Map<string, Slot>();
  Object.entries(TYPES).forEach(([name, of], index) => {
    layout.set(name, { type: of, index });
    const value = values[name];
    if (of === 'string') scope.strings[index] = value as string | undefined;
    else scope.numbers[index] = value === undefined ? Number.NaN : Number(value);
  });
  // What runs is what comes back from the store.
  const tree = JSON.parse(JSON.stringify(checked.expression.tree));
  if (type === 'string') return lowerString(tree, layout)(scope);
  const value = lowerNumber(tree, layout)(scope);
  if (Number.isNaN(value)) return undefined;
  return type === 'boolean' ? value === 1 : value;
}

const number = (source: string, values: Values = {}) => lowered(source, values, 'number');
const boolean = (source: string, values: Values = {}) => lowered(source, values, 'boolean');

// As near to 0 as mathjs takes: no two different doubles are within it.
const math = create(all!, { relTol: Number.MIN_VALUE, absTol: 0 });

const value = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.constantFrom(0, 0.1, 0.3, 1e6, 1000000.0000001, 1234567890123.45, 1234567890123.44, 2 ** 53 - 1),
);
const values = fc.record({
  x: value,
  y: value,
  z: value,
  i: fc.integer({ min: -1e6, max: 1e6 }),
  j: fc.integer({ min: -50, max: 50 }),
  p: fc.boolean(),
  q: fc.boolean(),
});

const { condition } = fc.letrec<{ amount: string; condition: string }>((tie) => ({
  amount: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('x', 'y', 'z', 'i', 'j', '0', '2', '0.5', '1000000', '.25e3'),
    binary(tie('amount'), tie('amount'), ['+', '-', '*', '/']),
    fc
      .tuple(fc.constantFrom('i', 'j', '7'), fc.constantFrom('i', 'j', '10', '-3'))
      .map(([a, b]) => `mod(${a}, ${b})`),
    fc
      .tuple(fc.constantFrom('abs', 'round', 'floor', 'ceil', 'sqrt', '-', '+'), tie('amount'))
      .map(([fn, a]) => `${fn}(${a})`),
    fc
      .tuple(fc.constantFrom('min', 'max'), tie('amount'), tie('amount'), tie('amount'))
      .map(([fn, ...args]) => {
        return `${fn}(${args.join(', ')})`;
      }),
    fc.tuple(tie('condition'), tie('amount'), tie('amount')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('p', 'q', 'true', 'false', 'x > 1000000', '1 < i <= 100'),
    binary(tie('amount'), tie('amount'), ['<', '<=', '>', '>=', '==', '!=']),
    fc.tuple(tie('amount'), tie('amount'), tie('amount')).map(([a, b, c]) => `(${a} < ${b} <= ${c})`),
    binary(tie('condition'), tie('condition'), ['and', 'or']),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `((${a}) == (${b}))`),
    tie('condition').map((c) => `not (${c})`),
  ),
}));

function binary(left: fc.Arbitrary<string>, right: fc.Arbitrary<string>, operators: string[]) {
  const form = fc.constantFrom('(a op b)', 'a op (b)', '(a) op b');
  return fc.tuple(left, fc.constantFrom(...operators), right, form).map(([a, operator, b, shape]) => {
    return shape.replace(/a|b|op/g, (part) => (part === 'a' ? a : part === 'b' ? b : operator));
  });
}

/** Whether some part has no finite value, or is a remainder by 0: there ours is missing where mathjs is not. */
function leavesTheFiniteNumbers(node: MathNode, scope: Values): boolean {
  let leaves = false;
  node.traverse((part) => {
    const type = part.type as string;
    if (type === 'SymbolNode' && !((part as unknown as { name: string }).name in scope)) return;
    const result: unknown = part.compile().evaluate({ ...scope });
    if (typeof result === 'number' && !Number.isFinite(result)) leaves = true;
    if (result !== null && typeof result === 'object') leaves = true;
    const { fn, args } = part as unknown as { fn?: { name?: string }; args?: MathNode[] };
    if (fn?.name === 'mod' && args![1]!.compile().evaluate({ ...scope }) === 0) leaves = true;
  });
  return leaves;
}

describe('closures against mathjs', () => {
  test('what is present is equal to the bit; what is missing has left the finite numbers', () => {
    let present = 0;
    const symbols = new Map(Object.entries(TYPES));
    const bounded = condition.filter((source) => {
      const checked = checkExpression(source, symbols, 'boolean');
      return 'expression' in checked || !/more than (512|128|24)/.test(checked.problems[0]!.problem);
    });
    fc.assert(
      fc.property(bounded, values, (source, scope) => {
        const ours = boolean(source, scope);
        if (ours === undefined) return leavesTheFiniteNumbers(math.parse(source), scope);
        present++;
        expect(ours).toBe(math.evaluate(source, { ...scope }));
        return true;
      }),
      { numRuns: 3_000 },
    );
    expect(present).toBeGreaterThan(2_000);
  });

  test('numbers are equal to the bit too', () => {
    for (const source of [
      'x + y * z',
      'x / y - z',
      '-x + 2',
      'round(x / 3)',
      'mod(i, j)',
      'max(x, y) - min(y, z)',
      'x^2',
    ]) {
      fc.assert(
        fc.property(values, (scope) => {
          const ours = number(source, scope);
          return ours === undefined || ours === math.evaluate(source, { ...scope });
        }),
        { numRuns: 300 },
      );
    }
  });

  test('with its own tolerances mathjs would miss what is a cent over the limit', () => {
    const scope = { x: 1234567890123.45, y: 1234567890123.44 };
    expect(create(all!).evaluate('x > y', { ...scope })).toBe(false);
    expect(boolean('x > y', scope)).toBe(true);
    expect(boolean('x == y', scope)).toBe(false);
  });

  test('transcendental functions are within a few units in the last place', () => {
    const near = (source: string) =>
      fc.assert(
        fc.property(
          fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
          fc.integer({ min: -20, max: 20 }),
          (x, y) => {
            const theirs: number = math.evaluate(source, { x, y });
            const ours = number(source, { x, y });
            if (!Number.isFinite(theirs)) return ours === undefined;
            return (
              Math.abs((ours as number) - theirs) <= 8 * Number.EPSILON * Math.max(Math.abs(theirs), 1e-300)
            );
          },
        ),
      );
    for (const source of ['x^y', 'pow(x, 0.1 * y)', 'exp(y)', 'log(x)', 'log10(x)', 'log2(x)']) near(source);
  });
});

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
