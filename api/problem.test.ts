import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { PROBLEM_TYPES, Problem, retryAfter } from './problem.ts';

test('every problem is documented with its status', () => {
  const documented = readFileSync('docs/api.md', 'utf8');
  for (const type of PROBLEM_TYPES) {
    expect(documented).toContain(`| \`${type}\` | ${new Problem(type, '').status} |`);
  }
});

test('a problem is sent by RFC 9457, with what its kind adds', () => {
  expect(new Problem('forbidden', 'It may not.', { neededScope: 'read' }).body()).toEqual({
    type: 'https://shrike.dev/problems/forbidden',
    title: 'The API key lacks a scope',
    status: 403,
    detail: 'It may not.',
    neededScope: 'read',
  });
});

test.each([
  [0, '1'],
  [20, '1'],
  [1_001, '2'],
])('Retry-After of %i ms is %s whole seconds', (ms, seconds) => {
  expect(retryAfter(ms)).toEqual({ 'retry-after': seconds });
});
