import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MalformedJson } from '../json.ts';
import { elements } from './elements.ts';

describe('elements of a JSON array', () => {
  test('are those JSON.parse gives', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '"', '\\', ',', '[', ']', '{', '}', ':', ' '),
      maxLength: 8,
    });
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(text),
      fc.dictionary(text, text),
    );
    fc.assert(
      fc.property(fc.array(value), fc.nat(3), (values, spaces) => {
        const json = ` ${JSON.stringify(values, null, spaces)}\n`;
        expect([...elements(json)]).toEqual(JSON.parse(json));
      }),
    );
  });

  test.each([
    '',
    '{}',
    '[',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '[1,,2]',
    '[1]]',
    '[1] 2',
    '[1}',
    '[{]',
    '["]',
    '[{"a":1,"a":2}]',
    '1',
    'null',
    '[1 2]',
  ])('%j is no array', (text) => {
    expect(() => [...elements(text)]).toThrow(MalformedJson);
  });

  test('whatever JSON.parse refuses is refused', () => {
    const noise = fc.string({
      unit: fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', ':', '1', ' ', 'a'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(noise, (text) => {
        let isArray = true;
        try {
          isArray = Array.isArray(JSON.parse(`[${text}]`));
        } catch {
          isArray = false;
        }
        if (!isArray) expect(() => [...elements(`[${text}]`)]).toThrow(MalformedJson);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a fault is told with the index of its element', () => {
    expect(() => [...elements('[1, {"a"}]')]).toThrow('has an element 1 that is not JSON');
  });
});
