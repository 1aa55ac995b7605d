import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const RULES = `
name: listed
features:
  bad: { aggregate: listed, list: bad-shops, of: merchantId }
  known: { aggregate: listed, list: known, of: accountId }
rules:
  - { id: bad, when: bad and not known, points: 60, reason: BAD }
thresholds: { review: 50, decline: 80 }
`;

const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}T00:00:00Z`;
const payment = (transactionId: string, on: number, merchantId?: string) => ({
  transactionId,
  accountId: 'a',
  merchantId,
  amountMinor: 100,
  currency: 'EUR',
  occurredAt: day(on),
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-lists-test-'));
  writeFileSync(join(folder, 'rules.yaml'), RULES);
});
afterAll(() => rmSync(folder, { recursive: true }));

const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');

function shrike(
  command: string,
  transactions: readonly unknown[],
  lists: readonly unknown[] | null,
  ...more: string[]
) {
  writeFileSync(join(folder, 'transactions'), lines(transactions));
  if (lists !== null) writeFileSync(join(folder, 'lists'), lines(lists));
  const files = ['--rules', join(folder, 'rules.yaml'), '--transactions', join(folder, 'transactions')];
  const given = lists === null ? [] : ['--lists', join(folder, 'lists')];
  const run = ['bin/shrike.js', command, ...files, ...given, ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, run, { encoding: 'utf8' });
  const told = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('scoring'));
  return { status, stdout, told };
}

/** `id bad known score`. */
const shown = (csv: string) =>
  csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((row) => {
      const [id, , , score, , , bad, known] = row.split(',');
      return [id, bad, known, score].join(' ');
    });

describe('shrike score --lists', () => {
  test('a change counts from the first row that occurred when it was made, until the entry expires', () => {
    const payments = [
      payment('1', 1, 'm'),
      payment('2', 3, 'm'),
      payment('3', 2, 'm'),
      payment('4', 6, 'm'),
      payment('5', 5, 'm'),
      payment('6', 8, 'n'),
      payment('7', 8),
    ];
    const { status, stdout, told } = shrike('score', payments, [
      { list: 'known', remove: 'a', knownAt: day(8) },
      { list: 'bad-shops', add: ['m', 'n'], expiresAt: day(6), note: 'chargebacks', knownAt: day(3) },
      { list: 'bad-shops', add: 'n', knownAt: day(7) },
      { list: 'bad-shops', remove: 'n', knownAt: day(9) },
      { list: 'known', add: 'a' },
    ]);
    expect(status).toBe(0);
    expect(shown(stdout)).toEqual([
      '1 false true 0',
      '2 true true 0',
      // It occurred before the change was made, and comes after it.
      '3 true true 0',
      '4 false true 0',
      '5 true true 0',
      '6 true false 60',
      '7  false 0',
    ]);
    expect(told.at(-1)).toContain('4 changes of lists placed, 1 made only after the last transaction');
  });

  test('lines that are wrong are told and skipped; lists that nobody gives are said to be empty', () => {
    const bad = [
      { list: 'bad-shops', add: 'with space' },
      { list: 'bad-shops' },
      { list: 'bad-shops', ad: 'm' },
      { list: 'other', add: 'm' },
      { list: 'bad-shops', add: 'm' },
    ];
    const { status, stdout, told } = shrike('score', [payment('1', 1, 'm')], bad);
    expect([status, shown(stdout)]).toEqual([0, ['1 true false 60']]);
    expect(told.map((line) => line.replaceAll(folder, ''))).toEqual([
      'list line 1 add must be 1 to 128 printable ASCII characters without spaces, for rules look it up as merchantId',
      'list line 2 changes nothing: give add or remove',
      'list line 3 ad is not a field of line; did you mean "add"?',
      '/lists: 1 lines are of lists that no rule asks',
      'the list known is taken as empty: /lists has no line of it',
      '1 scored: 0 approve, 1 review, 0 decline; 1 changes of lists placed, 0 made only after the last transaction; 3 bad lines of lists skipped',
    ]);
    expect(shrike('score', [payment('1', 1, 'm')], bad, '--strict').status).toBe(2);
    const without = shrike('score', [payment('1', 1, 'm')], null);
    expect(shown(without.stdout)).toEqual(['1 false false 0']);
    expect(without.told[0]).toBe('the list bad-shops is taken as empty: --lists is not given');
  });
});

test('shrike backtest --lists tries rules with lists as they were', () => {
  const payments = [payment('1', 1, 'm'), payment('2', 3, 'm')];
  const args = ['--json', '--unlabelled', 'genuine'];
  const { status, stdout } = shrike(
    'backtest',
    payments,
    [{ list: 'bad-shops', add: 'm', knownAt: day(2) }],
    ...args,
  );
  expect(status).toBe(0);
  const hits = (text: string) => JSON.parse(text).sets[0].rules[0].hits;
  expect(hits(stdout)).toBe(1);
  expect(hits(shrike('backtest', payments, null, ...args).stdout)).toBe(0);
  const refused = spawnSync(
    process.execPath,
    ['bin/shrike.js', 'backtest', '--rules', join(folder, 'rules.yaml'), '--lists', 'x'],
    { encoding: 'utf8' },
  );
  expect(refused.stderr).toContain('--lists is for --transactions: a store knows how its lists changed');
});
