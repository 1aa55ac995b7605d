import { describe, expect, test } from '@jest/globals';
import { checkExpression, type Symbols } from './expression-check.ts';

const SYMBOLS: Symbols = new Map([
  ['amountMinor', 'number'],
  ['country', 'string'],
  ['merchantCategory', 'string'],
  ['channel', 'string'],
  ['count_1h', 'number'],
  ['new_device', 'boolean'],
]);

function problemsOf(source: string): string[] {
  const checked = checkExpression(source, SYMBOLS, 'boolean');
  if ('expression' in checked) return [];
  return checked.problems.map(({ offset, problem, suggestion }) => {
    return `${offset}: ${problem}${suggestion === null ? '' : ` (${suggestion})`}`;
  });
}

describe('what is wrong is told with what would be right', () => {
  test.each([
    ['count1h > 3', '0: does not know "count1h" (did you mean "count_1h"?)'],
    ['1 < amount_minor', '4: does not know "amount_minor" (did you mean "amountMinor"?)'],
    ['new_device && true', '11: has "&&", which is no operator here (write "and")'],
    ['new_device || true', '11: has "||", which is no operator here (write "or")'],
    ['!new_device', '0: has "!", which is no operator here (write "not", as in not (a == b))'],
    ['country = "DE"', '8: has "=", which would assign; nothing can be assigned (to compare, write "==")'],
    ['country === "DE"', '8: has "===", which is no operator here (write "==")'],
    ['count_1h => 3', '9: has "=>", which is no operator here (write ">=")'],
    ['count_1h > = 3', '9: has "> =", an operator torn apart (write it without a space, as in >=)'],
    [
      'new_device AND true',
      '11: has "AND", which is no operator here (write "and", "or", "not" in small letters)',
    ],
    ['country in ["DE"]', /write oneOf\(x, "a", "b"\)/],
    ['country > "A"', /">" takes numbers, but country is a string \(strings have no order/],
    ['new_device + 1 > 1', /\(to count it, write \(x \? 1 : 0\)\)/],
    ['not country == "DE"', /put the condition in parentheses, as in not \(a == b\)/],
    ['merchantCategory == 5411', /put the value in quotes: "5411"/],
    ['country == "Germany"', /country is never "Germany": it must be an ISO 3166-1 alpha-2 code/],
    ['channel == "card_presnt"', /did you mean "card_present"\?/],
    [
      'count_1h',
      '0: must be true or false, but count_1h is a number (make it a condition, as in x > 0 or x == "a")',
    ],
    ['abs(1, 2) > 0', '0: gives abs 2 arguments; it takes 1'],
    ['min() > 0', '0: gives min 0 arguments; it takes 2 to 64'],
    ['abz(1) > 0', '0: does not know the function "abz" (did you mean "abs"?)'],
    ['2 count_1h > 3', '0: multiplies without "*" (put an operator between the two values)'],
    ['count_1h(3) > 2', /is a value, no function \(to multiply, write "\*"\)/],
    ['country == null', /to ask whether x is there, write has\(x\)/],
    ['"DE', '0: opens a string that is never closed'],
    ['count_1h > 10%', /for the remainder write mod\(a, b\)/],
    ['count_1h >', /cannot be read: Unexpected end of expression/],
    ['', '0: is empty'],
  ])('%s', (source, expected) => {
    const [problem, ...others] = problemsOf(source);
    expect(others.filter((other) => !other.includes('oneOf'))).toEqual([]);
    if (typeof expected === 'string') expect(problem).toBe(expected);
    else expect(problem).toMatch(expected);
  });

  test('several at once', () => {
    expect(problemsOf('cuont_1h > 3 and contry == "DE" and abs(country) > 1')).toHaveLength(3);
  });

  test('what stands in quotes is no operator', () => {
    expect(problemsOf('oneOf("a && b = c; [1:2] # x", "y")')).toEqual([]);
  });
});

describe('bounds', () => {
  test('512 characters, 24 levels and 128 parts are allowed, one more of each is not', () => {
    const long = (chars: number) => `count_1h > 1${' '.repeat(chars - 12)}`;
    expect(problemsOf(long(512))).toEqual([]);
    expect(problemsOf(long(513))).toEqual([
      '0: has 513 characters, more than 512 (split it into several rules)',
    ]);
    const nested = (depth: number) => `${'('.repeat(depth)}1${')'.repeat(depth)} > 0`;
    expect(problemsOf(nested(24))).toEqual([]);
    expect(problemsOf(nested(25))).toEqual(['24: nests deeper than 24 levels (split it into several rules)']);
    const sum = (terms: number) => `${'1+'.repeat(terms - 1)}1>0`;
    expect(problemsOf(sum(63))).toEqual([]);
    expect(problemsOf(sum(64))).toEqual(['0: has more than 128 parts (split it into several rules)']);
  });

  test('a chain of chains does not double at every level', () => {
    let chain = 'new_device';
    for (let i = 0; i < 20; i++) chain = `(true == ${chain} == true)`;
    expect(problemsOf(chain)).toEqual(['0: has more than 128 parts (split it into several rules)']);
  });
});
