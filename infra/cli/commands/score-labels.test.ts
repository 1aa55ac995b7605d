import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const RULES = `
name: labels
features:
  seen: { aggregate: count, window: 90d, per: merchant }
  frauds: { aggregate: count, window: 30d, per: merchant, where: 'label == "fraud"' }
  own_frauds: { aggregate: count, window: 30d, where: 'label == "fraud"' }
  late_frauds: { aggregate: count, window: 30d, delay: 2d, per: merchant, where: 'label == "fraud"' }
rules:
  - { id: bad_merchant, when: frauds >= 1, points: 60, reason: BAD_MERCHANT }
thresholds: { review: 50, decline: 80 }
`;

const payment = (transactionId: string, accountId: string, day: number, merchantId = 'm') => ({
  transactionId,
  accountId,
  merchantId,
  amountMinor: 100,
  currency: 'EUR',
  occurredAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z`,
});

const label = (transactionId: string, knownDay: number, changes: object = {}) => ({
  transactionId,
  label: 'fraud',
  source: 'chargeback',
  knownAt: `2026-01-${String(knownDay).padStart(2, '0')}T00:00:00Z`,
  ...changes,
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-labels-test-'));
  writeFileSync(join(folder, 'rules.yaml'), RULES);
});
afterAll(() => rmSync(folder, { recursive: true }));

const lines = (values: readonly unknown[]) =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n');

function score(transactions: readonly unknown[], labels: readonly unknown[], ...more: string[]) {
  writeFileSync(join(folder, 'transactions'), lines(transactions));
  writeFileSync(join(folder, 'labels'), lines(labels));
  const files = ['rules', 'transactions', 'labels'].flatMap((name) => [
    `--${name}`,
    join(folder, name === 'rules' ? 'rules.yaml' : name),
  ]);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['bin/shrike.js', 'score', ...files, ...more],
    { encoding: 'utf8' },
  );
  const rows = stdout.trimEnd().split('\n').slice(1);
  const told = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('scoring'));
  return { status, told, rows };
}

/** `id revision seen frauds own_frauds late_frauds` */
const shown = (rows: readonly string[]) =>
  rows.map((row) => {
    const [id, , revision, , , , ...features] = row.split(',');
    return [id, revision, ...features].join(' ');
  });

describe('shrike score --labels', () => {
  test('a label counts before the first row that occurred when it was known, for its account and its merchant', () => {
    const { status, rows, told } = score(
      [
        payment('1', 'a', 1),
        payment('2', 'b', 2),
        payment('3', 'b', 4),
        payment('4', 'a', 5),
        payment('5', 'b', 5),
      ],
      [label('1', 4), label('5', 9)],
    );
    expect([status, told]).toEqual([
      0,
      ['5 scored: 2 approve, 3 review, 0 decline; 1 labels placed, 1 known only after the last transaction'],
    ]);
    expect(shown(rows)).toEqual(['1 0 1 0 0 0', '2 0 2 0 0 0', '3 1 3 1 0 1', '4 2 4 1 1 1', '5 2 5 1 0 1']);
  });

  test('a later label of the same transaction corrects it from its place on', () => {
    const { rows } = score(
      [1, 3, 5, 7].map((day) => payment(`${day}`, 'a', day)),
      [label('1', 6, { label: 'genuine', source: 'analyst' }), label('1', 2)],
    );
    expect(shown(rows)).toEqual(['1 0 1 0 0 0', '3 2 2 1 1 1', '5 3 3 1 1 1', '7 5 4 0 0 0']);
  });

  test('entities and accounts are exact also where a row reaches back behind what is kept', () => {
    const { rows } = score(
      [
        payment('1', 'a', 1),
        { ...payment('late', 'b', 1), occurredAt: '2026-12-01T00:00:00Z' },
        payment('2', 'a', 3),
        payment('3', 'c', 3),
      ],
      [label('1', 2)],
    );
    expect(shown(rows)).toEqual(['1 0 1 0 0 0', 'late 0 1 0 0 0', '2 2 2 1 1 1', '3 0 3 1 0 1']);
  });
});

describe('labels that shrike score cannot place', () => {
  test('labels of nothing, of something ambiguous, repeated, contradictory or malformed are told by line', () => {
    const labels = [
      label('nothing', 2),
      label('twice', 3),
      label('twice', 3, { accountId: 'a' }),
      label('twice', 3, { accountId: 'a' }),
      label('twice', 3, { accountId: 'a', label: 'genuine' }),
      { ...label('twice', 3), label: 'bad', extra: 1 },
      '{',
      label('nowhere', 30),
    ];
    const { status, told, rows } = score(
      [payment('twice', 'a', 1), payment('twice', 'b', 1), payment('3', 'a', 5)],
      labels,
    );
    expect(status).toBe(0);
    expect(told).toEqual([
      'label line 5 repeats a label with another value; one that corrects it has a later knownAt',
      'label line 6 label must be one of "fraud", "genuine"; extra is not a field of label',
      expect.stringMatching(/^label line 7 is no JSON: /),
      'label line 1 is of transaction nothing, which the file does not have before 2026-01-02T00:00:00Z',
      'label line 2 is of transaction twice, which several accounts have: say accountId',
      'label line 8 is of transaction nowhere, which the file does not have before 2026-01-30T00:00:00Z',
      '3 scored: 2 approve, 1 review, 0 decline; 1 labels placed, 0 known only after the last transaction; 1 repeated labels left out; 6 bad labels skipped',
    ]);
    expect(shown(rows).at(-1)).toBe('3 2 3 1 1 1');
  });

  test('--strict stops at the first bad label; a file that is not there is told', () => {
    const strict = score([payment('1', 'a', 1), payment('2', 'a', 5)], [label('x', 2)], '--strict');
    expect([strict.status, strict.told.join()]).toEqual([
      2,
      expect.stringMatching(
        /label line 1 is of transaction x, which the file does not have .*--strict stops/,
      ),
    ]);
    const missing = score([payment('1', 'a', 1)], [], '--labels', join(folder, 'none'));
    expect([missing.status, missing.told.join()]).toEqual([2, expect.stringContaining('--labels')]);
  });
});
