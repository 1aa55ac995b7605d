import { describe, expect, test } from '@jest/globals';
import { appliedWait, parsePrefer } from './prefer.ts';

describe('Prefer (RFC 7240)', () => {
  test.each([
    ['wait=0.5', 500],
    ['wait=0', 0],
    ['WAIT = 2', 2_000],
    ['wait="1.25"', 1_250],
    ['respond-async, wait=1; foo=bar', 1_000],
    ['wait=1, wait=2', 1_000],
    ['wait=86400', 30_000],
    ['wait=0.0004', 0],
    ['wait=999999999', 30_000],
  ])('%s waits %i ms', (header, waitMs) => {
    expect(parsePrefer(header).waitMs).toBe(waitMs);
  });

  test.each([
    '',
    'wait',
    'wait=',
    'wait=-1',
    'wait=1e3',
    'wait=NaN',
    'wait=0x10',
    'wait=Infinity',
    'wait=9999999999',
    'xwait=1',
  ])('%j is left aside', (header) => {
    expect(parsePrefer(header).waitMs).toBeUndefined();
  });

  test('return=minimal', () => {
    expect(parsePrefer('return=minimal, wait=1')).toEqual({ minimal: true, waitMs: 1_000 });
    expect(parsePrefer('return=representation').minimal).toBeUndefined();
  });

  test('says what it applied in seconds', () => {
    expect(appliedWait(1_250)).toBe('wait=1.25');
  });
});
