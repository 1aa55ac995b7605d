import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const RULES = `
name: small
semantics: 1
features:
  count_1h: { aggregate: count, window: 1h }
  sum_90d: { aggregate: sum, of: amountBaseMinor, window: 90d }
  mean_30d: { aggregate: mean, of: amountBaseMinor, window: 30d, prior: true }
  new_device: { aggregate: firstSeen, of: deviceId }
rules:
  - { id: many, when: count_1h >= 3, points: 60, reason: MANY }
thresholds: { review: 50, decline: 80 }
`;

const HUGE = Number.MAX_SAFE_INTEGER;

interface Payment {
  transactionId: string;
  accountId: string;
  amountMinor: number;
  currency: string;
  occurredAt: string;
  deviceId?: string;
}

const payment = (transactionId: string, occurredAt: string, changes: Partial<Payment> = {}): Payment => ({
  transactionId,
  accountId: 'a',
  amountMinor: 100,
  currency: 'EUR',
  occurredAt,
  ...changes,
});

let folder: string;
let rules: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-score-test-'));
  rules = join(folder, 'rules.yaml');
  writeFileSync(rules, RULES);
});
afterAll(() => rmSync(folder, { recursive: true }));

function score(lines: (Payment | string)[], ...more: string[]) {
  const input = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  return run(input, ['--transactions', '-', ...more]);
}

function run(input: string | Buffer, args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['bin/shrike.js', 'score', '--rules', rules, ...args],
    {
      input,
      encoding: 'utf8',
    },
  );
  return { status, stderr, rows: stdout.trimEnd().split('\n').slice(1), header: stdout.split('\n')[0] };
}

describe('shrike score', () => {
  test('gives a row for each first arrival in file order, features by name, exact integers, missing values empty', () => {
    const { status, header, rows } = score([
      payment('t1', '2026-01-01T00:00:00Z', { amountMinor: HUGE, deviceId: 'd' }),
      payment('t2', '2026-01-01T00:00:00Z', { amountMinor: HUGE }),
      payment('t1', '2026-01-01T00:30:00Z', { accountId: 'b' }),
      payment('t3', '2026-01-01T00:59:59.999Z', { amountMinor: 2, deviceId: 'd' }),
    ]);
    expect(status).toBe(0);
    expect(header).toBe(
      'transactionId,accountId,revision,score,decision,reasons,count_1h,sum_90d,mean_30d,new_device',
    );
    expect(rows).toEqual([
      `t1,a,0,0,approve,,1,${HUGE},,true`,
      `t2,a,1,0,approve,,2,${2n * BigInt(HUGE)},${HUGE},`,
      't1,b,0,0,approve,,1,100,,',
      `t3,a,2,60,review,MANY,3,${2n * BigInt(HUGE) + 2n},${HUGE},false`,
    ]);
  });

  test('named scores and the shadow rules that were met are columns after the features', () => {
    const beside = `  - { id: large, when: amountMinor >= 50, points: 5, reason: LARGE, shadow: true }
  - { id: again, when: count_1h >= 2, reason: AGAIN, shadow: true }
scores: { pace: 10 * count_1h, jump: amountMinor / mean_30d }
thresholds`;
    writeFileSync(rules, RULES.replace('thresholds', beside));
    const { header, rows } = score([
      payment('t1', '2026-01-01T00:00:00Z'),
      payment('t2', '2026-01-01T00:00:00Z'),
    ]);
    writeFileSync(rules, RULES);
    expect(header).toMatch(/,mean_30d,new_device,pace,jump,shadowHits$/);
    expect(rows).toEqual([
      't1,a,0,0,approve,,1,100,,,10,,large',
      't2,a,1,0,approve,,2,200,100,,20,1,large;again',
    ]);
  });

  test('is exact for a transaction that comes months late', () => {
    const { rows } = score([
      payment('t1', '2025-06-01T00:00:00Z', { deviceId: 'd' }),
      payment('t2', '2025-06-10T00:00:00Z', { amountMinor: 300 }),
      payment('t3', '2026-06-01T00:00:00Z'),
      payment('late', '2025-06-11T00:00:00Z', { amountMinor: 5, deviceId: 'd' }),
    ]);
    expect(rows.at(-1)).toBe('late,a,3,0,approve,,1,405,200,false');
  });

  test('leaves repeats out and counts them, also where the time is written otherwise', () => {
    const first = payment('t1', '2026-01-01T00:00:00Z');
    const { rows, stderr } = score([first, first, payment('t1', '2026-01-01T01:00:00.0+01:00')], '--json');
    expect(rows).toHaveLength(1);
    expect(JSON.parse(stderr.trim().split('\n').at(-1)!)).toMatchObject({ lines: 3, scored: 1, repeats: 2 });
  });

  test('reports bad lines with their numbers and skips them; --strict stops', () => {
    const lines = [payment('t1', '2026-01-01T00:00:00Z'), '{"no json', { ...payment('t2', 'soon') }];
    const skipping = score(lines);
    expect(skipping.status).toBe(0);
    expect(skipping.rows).toHaveLength(1);
    expect(skipping.stderr).toContain('line 2 is no JSON');
    expect(skipping.stderr).toContain('line 3 occurredAt must be an RFC 3339 time');
    const strict = score(lines, '--strict');
    expect(strict.status).toBe(2);
    expect(strict.stderr).toContain('line 2');
  });

  test('other content under the same id is a bad line', () => {
    const { stderr } = score([
      payment('t1', '2026-01-01T00:00:00Z'),
      payment('t1', '2026-01-01T00:00:00Z', { amountMinor: 1 }),
    ]);
    expect(stderr).toContain('line 2 repeats transaction t1 of account a with other amountMinor');
  });
});

describe('files of shrike score', () => {
  test('reads gzip and writes a file', () => {
    const input = join(folder, 'in.ndjson.gz');
    const output = join(folder, 'out.csv');
    writeFileSync(input, gzipSync(`${JSON.stringify(payment('t1', '2026-01-01T00:00:00Z'))}\n`));
    expect(run('', ['--transactions', input, '--out', output]).status).toBe(0);
    expect(readFileSync(output, 'utf8').split('\n')).toHaveLength(3);
  });

  test('counts amounts without a rate, and converts where there is one', () => {
    const lines = [
      payment('t1', '2026-01-01T00:00:00Z'),
      payment('t2', '2026-01-01T00:00:00Z', { currency: 'USD' }),
    ];
    const alone = score(lines);
    expect(alone.rows[1]).toBe('t2,a,1,0,approve,,2,100,100,');
    expect(alone.stderr).toContain('1 without a rate');
    const ratesFile = join(folder, 'rates.json');
    writeFileSync(ratesFile, JSON.stringify({ base: 'EUR', rates: { USD: '0.905' } }));
    expect(score(lines, '--rates', ratesFile).rows[1]).toBe('t2,a,1,0,approve,,2,190,100,');
  });

  test('a file that is not there is one line and exit code 2', () => {
    const { status, stderr } = run('', ['--transactions', join(folder, 'nowhere')]);
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
