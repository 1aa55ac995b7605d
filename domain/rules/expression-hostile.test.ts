import { describe, expect, test } from '@jest/globals';
import { checkExpression, checkTree, type Symbols } from './expression-check.ts';
import { parseExpression } from './expression-parse.ts';

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

/** From nine years of mathjs advisories and from measuring what dies: none may reach an evaluator. */
const HOSTILE = `
1:1e9
zeros(1e9)
ones(1e5,1e5)
identity(5000)
diag(1:20000)
format(1/3,{precision:1e8})
combinations(1e9,5e8)
isPrime(bignumber("99999999999999977"))
setPowerset(1:22)
f(n)=n<2?1:f(n-1)+f(n-2);f(40)
kron(ones(1000,1000),ones(1000,1000))
config({relTol:0.5})
import({a:1},{override:true})
createUnit("foo")
evaluate("1+1")
parse("1+1")
compile("1").evaluate()
simplify("x+x")
derivative("x^2","x")
resolve("x")
parser().evaluate("1")
chain(1).done()
reviver("","x")
replacer("","x")
help("sin")
simplifyCore("x")
leafCount("x")
unit("5 cm")
splitUnit(unit("1 m"),"cm")
5 cm to inch
print("$x",{x:1})
random() > 0.5
randomInt(10) > 5
pickRandom([1,2])
map([1,2],sqrt)
filter([1,2],f(x)=x>1)
sort([2,1])
forEach([1],sqrt)
reduce([1,2],max)
resize([1],[1000000])
matrix([[1,2],[3,4]])
sparse([[1]])
fft([1,2,3,4])
inv([[1,2],[3,4]])
det([[1,2],[3,4]])
eigs([[1,2],[3,4]])
expm([[1,2],[3,4]])
lup([[1,2],[3,4]])
170!
factorial(1e6)
gamma(1e6)
bignumber("1e1000000")
bigint("9")^bigint("999999999")
fraction(1,3)
sylvester(1,2,3)
cos.constructor("return process")()
cos["constructor"]
"".constructor
("a").constructor("x")
country.constructor
country.length
country["length"]
country[1]
amountMinor.toString()
{}.constructor
{a:1}.a
{"__proto__":1}
__proto__
constructor
constructor("return 1")()
toString()
hasOwnProperty("a")
[].constructor
[1,2,3][1]
[1;2]
a.b.c.d
a?.b
a?.["constructor"]
abs?.(1)
(abs)(1)
amountMinor = 1e9
amountMinor=1
country.x = 1
a[1]=2
f(x)=x
f(x)=f(x)
g(x,y)=x*y;g(1,2)
1;2
1
1+
(1
1)
not
and
or true
true and
x->x
function(){}
() => 1
\`\${1}\`
new Date()
process.exit()
require("fs")
this
globalThis
eval("1")
1 ? 2
1 : 2
? :
1..2
1e
1e999 > 0
0x > 1
0b2 > 1
NaN == NaN
Infinity > 1
undefined
null ?? 1
~1
1 & 2
1 | 2
1 ^| 2
1 << 30
1 >>> 2
a'
2'
[1,2]'
[1,2].^2
[1,2].*[3,4]
1 xor 0
10%
100 + 5% > 1
2(3) > 1
"unclosed
'unclosed
"\\u12"
“quoted” == "a"
amоuntMinor > 1
count_1h\u200b > 1
\u{1d400} > 1
# comment
count_1h > 1 # or true
@count_1h
$count
%COUNT%
`
  .split('\n')
  .slice(1, -1);

const GENERATED = [
  `${'('.repeat(200)}1${')'.repeat(200)}`,
  `${'['.repeat(200)}1${']'.repeat(200)}`,
  '('.repeat(512),
  '-'.repeat(511).concat('1'),
  'not '.repeat(127).concat('1'),
  '2^'.repeat(255).concat('2'),
  '1?'.repeat(255).concat('1'),
  `1${'%(1'.repeat(24)}${')'.repeat(24)} > 0`,
  `1${'%-(1'.repeat(24)}${')'.repeat(24)} > 0`,
  `1${'%abs(1'.repeat(24)}${')'.repeat(24)} > 0`,
  `1${'%2^(1'.repeat(24)}${')'.repeat(24)} > 0`,
  `1${'%not not (1'.repeat(24)}${')'.repeat(24)} > 0`,
  `${'abs('.repeat(25)}1${')'.repeat(25)}`,
  `${'true and '.repeat(100)}true`,
  'a'.repeat(100_000),
  '1+'.repeat(100_000).concat('1'),
  '"'.repeat(511),
  `"${'\\'.repeat(510)}`,
  ' '.repeat(512),
  '\n'.repeat(100),
  '\0',
];

function millisecondsOf(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

describe('hostile expressions', () => {
  const corpus = [...HOSTILE, ...GENERATED];
  test('the corpus is about what was measured to kill or to hang, and all else that mathjs can do', () => {
    expect(corpus.length).toBeGreaterThan(140);
  });

  test.each(corpus.map((source) => [source.slice(0, 60), source]))('%s', (_title, source) => {
    const globals = Object.getOwnPropertyNames(globalThis).length;
    const prototype = Object.getOwnPropertyNames(Object.prototype).length;
    const problems = problemsOf(source);
    const tookMs = Math.min(...[1, 2, 3].map(() => millisecondsOf(() => problemsOf(source))));
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem.length).toBeGreaterThan(10);
    expect(tookMs).toBeLessThan(5);
    expect(Object.getOwnPropertyNames(globalThis)).toHaveLength(globals);
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(prototype);
    expect(problemsOf('100 > 60')).toEqual([]);
  });

  test('without the scan the tree is refused all the same', () => {
    const reachesMathjs = HOSTILE.filter((source) => 'node' in parseExpression(source));
    expect(reachesMathjs.length).toBeGreaterThan(70);
    for (const source of reachesMathjs) {
      const parsed = parseExpression(source);
      if (!('node' in parsed)) continue;
      const { tree, problems } = checkTree(parsed.node, source, SYMBOLS);
      // A number, a mod or a comment may be a proper tree, but then of no condition that reads anything else.
      if (tree !== undefined) expect(['number', 'boolean']).toContain(tree.type);
      else expect(problems.length).toBeGreaterThan(0);
    }
  });
});
