import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { all, create, type MathNode } from 'mathjs/number';
import { checkExpression } from './expression-check.ts';
import { boolean, number, TYPES, type Values } from './test-support/lowered.ts';

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
