import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_DEPTH, MalformedJson, parseJson, parseJsonText } from './json.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const refused = (body: Buffer | string) => {
  try {
    parseJson(typeof body === 'string' ? bytes(body) : body);
  } catch (error) {
    if (error instanceof MalformedJson) return error.message;
    throw error;
  }
  return undefined;
};

describe('strict JSON', () => {
  test('reads what JSON.parse reads, of values that survive', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: MAX_DEPTH - 2 }), fc.nat(4), (text, spaces) => {
        const value: unknown = JSON.parse(text);
        if (
          text.includes('__proto__') ||
          !JSON.stringify(value).isWellFormed() ||
          /\\u0000|\\ud[89a-f]/i.test(text)
        )
          return;
        expect(parseJson(bytes(JSON.stringify(value, null, spaces)))).toEqual(value);
      }),
    );
  });

  test('refuses a name given twice, wherever it is, and takes all that only look like it', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat(3),
        (names, pick, depth) => {
          fc.pre(names.every((name) => name !== '__proto__' && name.isWellFormed() && !name.includes('\0')));
          const members = names.map((name) => `${JSON.stringify(name)}:":{\\"a\\":1"`);
          const nest = (object: string) => `${'[{"x":'.repeat(depth)}${object}${'}]'.repeat(depth)}`;
          expect(() => parseJsonText(nest(`{${members.join()}}`))).not.toThrow();
          const twice = [...members, members[pick % members.length]];
          expect(() => parseJsonText(nest(`{${twice.join()}}`))).toThrow('gives one of its names twice');
        },
      ),
    );
  });

  test('a name and its escaped form are the same name', () => {
    expect(refused('{"a":1,"\\u0061":2}')).toMatch(/twice/);
  });

  test.each([
    ['', /empty/],
    ['\ufeff{}', /byte order mark/],
    ['{"a":1e999}', /double/],
    ['{"a":"\\ud800"}', /surrogate/],
    ['{"\\udc00":1}', /surrogate/],
    ['{"a":"\\u0000"}', /NUL/],
    ['{"a":"\0"}', /not JSON at character 6/],
    ['{"__proto__":{"x":1}}', /__proto__/],
    ['{"a":{"\\u005f_proto__":1}}', /__proto__/],
    ['{"a":1', /not JSON/],
    ["{'a':1}", /not JSON/],
    ['{"a":NaN}', /not JSON/],
    ['{"a":1}x', /not JSON/],
    ['"', /not JSON/],
    ['"\\', /not JSON/],
  ])('%j is refused', (text, problem) => {
    expect(refused(text)).toMatch(problem);
  });

  test('bytes that are not UTF-8 are refused rather than replaced', () => {
    expect(refused(Buffer.from([0x22, 0xff, 0x22]))).toBe('is not UTF-8');
    expect(refused(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('is not UTF-8');
  });

  test('the text is never repeated', () => {
    expect(refused('{"cardToken": 4111111111111111')).not.toContain('4111');
    expect(refused('4111111111111111x')).not.toContain('4111');
  });
});

describe('hostile JSON', () => {
  test('a depth bomb is refused before it is parsed', () => {
    const atMs = performance.now();
    expect(refused('['.repeat(100_000))).toMatch(/16 levels/);
    expect(refused('{"a":'.repeat(100_000))).toMatch(/16 levels/);
    expect(performance.now() - atMs).toBeLessThan(50);
    expect(refused(`${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`)).toBeUndefined();
  });

  test('64 KiB of the costliest text takes a few milliseconds', () => {
    for (const unit of ['"\\\\",', '\\', '"', '{"":', '[],', '"a":1,']) {
      const atMs = performance.now();
      refused(unit.repeat(65_536 / unit.length));
      expect(performance.now() - atMs).toBeLessThan(50);
    }
  });

  test('no prototype is touched', () => {
    expect(parseJsonText('{"constructor":{"prototype":{"polluted":1}}}')).toHaveProperty(
      'constructor.prototype.polluted',
      1,
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
