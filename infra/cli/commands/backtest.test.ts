import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shrike } from '../../../tests/support/shrike.ts';

const rulesFrom = (count: number, name = 'small') => `
name: ${name}
semantics: 1
features:
  count_1h: { aggregate: count, window: 1h }
rules:
  - { id: many, when: count_1h >= ${count}, points: 60, reason: MANY }
  - { id: large, when: amountBaseMinor > 5000, points: 30, reason: LARGE }
thresholds: { review: 50, decline: 80 }
`;

interface Payment {
  transactionId: string;
  accountId: string;
  amountMinor: number;
  currency: string;
  occurredAt: string;
}

const payment = (transactionId: string, occurredAt: string, amountMinor = 100, accountId = 'a'): Payment => ({
  transactionId,
  accountId,
  amountMinor,
  currency: 'EUR',
  occurredAt,
});

/** The third within the hour is review by three, the second too by two; t3 is large as well. */
const HISTORY = [
  payment('t1', '2026-03-01T00:00:00Z'),
  payment('t2', '2026-03-01T00:10:00Z', 200),
  payment('t3', '2026-03-01T00:20:00Z', 6_000),
  payment('t4', '2026-03-02T00:00:00Z', 300),
  payment('t1', '2026-03-02T00:00:00Z', 400, 'b'),
];
const LABELS = [
  { transactionId: 't2', label: 'genuine' },
  { transactionId: 't3', accountId: 'a', label: 'fraud' },
  { transactionId: 't1', accountId: 'b', label: 'fraud' },
];

let folder: string;
const at = (name: string) => join(folder, name);
const ndjson = (lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-backtest-test-'));
  writeFileSync(at('three.yaml'), rulesFrom(3));
  writeFileSync(at('two.yaml'), rulesFrom(2));
  writeFileSync(at('history.ndjson'), ndjson(HISTORY));
  writeFileSync(at('labels.ndjson.gz'), gzipSync(ndjson(LABELS)));
});
afterAll(() => rmSync(folder, { recursive: true }));

function backtest(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/shrike.js', 'backtest', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { status, stdout, stderr };
}

const onFiles = (...args: string[]) =>
  backtest('--transactions', at('history.ndjson'), '--labels', at('labels.ndjson.gz'), ...args);

describe('shrike backtest on files', () => {
  test('says what a rule set would have caught and stopped, beside another, as JSON and as a page', () => {
    const page = at('report.html');
    const compared = ['--rules', at('two.yaml'), '--against', at('three.yaml')];
    const { status, stdout } = onFiles(...compared, '--json', '--out', page);
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      format: 1,
      transactions: 5,
      accounts: 2,
      baseCurrency: 'EUR',
      period: { first: '2026-03-01T00:00:00.000Z', days: 2 },
      labels: { used: 'final', fraud: 2, genuine: 1, assumedGenuine: 2, notRipe: 0, unknown: 0 },
    });
    const [two, three] = report.sets;
    expect(three).toMatchObject({
      name: 'small (three.yaml)',
      role: 'against',
      alerts: 1,
      review: {
        truePositives: 1,
        falsePositives: 0,
        falseNegatives: 1,
        caughtMinor: 6_000,
        missedMinor: 400,
      },
      decline: { truePositives: 1 },
      averagePrecision: 1 / 2 + (1 / 2) * (2 / 5),
    });
    expect(two).toMatchObject({
      name: 'small',
      alertsADay: 1,
      review: { truePositives: 1, falsePositives: 1, precision: 0.5, stoppedGoodMinor: 200 },
      rules: [
        {
          rule: 'many',
          hits: 2,
          frauds: 1,
          genuine: 1,
          unique: { frauds: 1, genuine: 1, fraudMinor: 6_000 },
        },
        { rule: 'large', hits: 1, frauds: 1, unique: { frauds: 0 } },
      ],
    });
    expect(report.changes).toEqual([
      {
        from: 'small (three.yaml)',
        to: 'small',
        ways: [
          expect.objectContaining({
            from: 'approve',
            to: 'review',
            genuine: 1,
            examples: [
              expect.objectContaining({ transactionId: 't2', fromScore: 0, toScore: 60, label: 'genuine' }),
            ],
          }),
        ],
      },
    ]);
    expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<svg [\s\S]*<\/html>\n$/);
  });

  test('shows a table where nothing else is asked for', () => {
    const { stdout, stderr } = onFiles('--rules', at('three.yaml'));
    expect(stdout).toMatch(/^history {5}5 transactions of 2 accounts, 2026-03-01 to 2026-03-02 \(2 days\)$/m);
    expect(stdout).toMatch(/^ {2}frauds caught +1 of 2$/m);
    expect(stdout).toContain('2 transactions without a label are counted as genuine');
    expect(stderr).toMatch(/100%/);
  });
});

describe('what a backtest on files takes in', () => {
  test('unlabelled transactions may be left out, and too young ones always are', () => {
    const of = (...args: string[]) =>
      JSON.parse(onFiles('--rules', at('three.yaml'), '--json', ...args).stdout);
    expect(of('--unlabelled', 'unknown').labels).toMatchObject({ assumedGenuine: 0, notRipe: 0, unknown: 2 });
    expect(of('--ripe-after', '12h').labels).toMatchObject({ assumedGenuine: 1, notRipe: 1, unknown: 0 });
  });

  test('what is outside the period fills the windows only', () => {
    const period = ['--from', '2026-03-01T00:15:00Z', '--to', '2026-03-02'];
    const report = JSON.parse(onFiles('--rules', at('three.yaml'), '--json', ...period).stdout);
    expect(report).toMatchObject({ transactions: 1, sets: [{ alerts: 1, review: { truePositives: 1 } }] });
  });

  test('labels of transactions that are not there, and bad lines, are told with their lines', () => {
    writeFileSync(
      at('odd.ndjson'),
      ndjson([{ transactionId: 'nowhere', label: 'fraud' }, { label: 'fraud' }]),
    );
    writeFileSync(at('bad.ndjson'), `${ndjson(HISTORY)}{"transactionId":"t9"}\n`);
    const { status, stderr } = backtest(
      ...['--rules', at('three.yaml'), at('two.yaml')],
      ...['--transactions', at('bad.ndjson'), '--labels', at('odd.ndjson')],
    );
    expect(status).toBe(0);
    expect(stderr).toContain('odd.ndjson line 1 labels transaction nowhere, which is not there');
    expect(stderr).toContain('odd.ndjson line 2 transactionId ');
    expect(stderr.match(/bad.ndjson line 6 /g)).toHaveLength(1);
  });
});

describe('rules that read labels', () => {
  const byMerchant = `
name: by-merchant
features:
  frauds: { aggregate: count, window: 30d, per: merchant, where: 'label == "fraud"' }
rules:
  - { id: bad, when: frauds >= 1, points: 60, reason: BAD }
thresholds: { review: 50, decline: 80 }
`;
  const paid = ['t1', 't2', 't3'].map((id, i) => ({
    ...payment(id, `2026-03-0${1 + 2 * i}T00:00:00Z`, 100, `a${i}`),
    merchantId: 'm',
  }));

  test('see those known by then, and it is told which they cannot see', () => {
    writeFileSync(at('by-merchant.yaml'), byMerchant);
    writeFileSync(at('paid.ndjson'), ndjson(paid));
    const alertsOf = (label: object) => {
      writeFileSync(at('known.ndjson'), ndjson([{ transactionId: 't1', label: 'fraud', ...label }]));
      const files = ['--transactions', at('paid.ndjson'), '--labels', at('known.ndjson')];
      const { stdout, stderr } = backtest('--rules', at('by-merchant.yaml'), ...files, '--json');
      const { sets, labels } = JSON.parse(stdout);
      return { alerts: sets[0].alerts, fraud: labels.fraud, stderr };
    };
    const timed = { source: 'issuer', knownAt: '2026-03-04T00:00:00Z' };
    expect(alertsOf(timed)).toMatchObject({ alerts: 1, fraud: 1 });
    const { alerts, fraud, stderr } = alertsOf({});
    expect([alerts, fraud]).toEqual([0, 1]);
    expect(stderr).toContain(
      'known.ndjson: 1 labels do not say when they were known (knownAt): the windows of by-merchant do not see them',
    );
  });
});

test('what cannot be used ends with 2 and one line that names it', async () => {
  writeFileSync(at('loose.ndjson'), ndjson([{ transactionId: 't1', label: 'fraud' }]));
  const files = `--transactions ${at('history.ndjson')}`;
  const rules = `--rules ${at('three.yaml')}`;
  const wrong: [string, RegExp][] = [
    [files, /required option '--rules <files...>'/],
    [`${rules} --transactions ${at('nowhere')}`, /--transactions .*nowhere: there is no such file/],
    [`${rules} ${files} --labels ${at('nowhere')}`, /--labels .*nowhere: there is no such file/],
    [
      `${rules} ${files} --labels ${at('loose.ndjson')}`,
      /line 1 labels transaction t1, which both account a and/,
    ],
    [`${rules} ${files} --out ${at('no/page.html')}`, /--out .*: there is no such file or folder/],
    [`${rules} --data ${at('nowhere')}`, /nowhere is no data folder/],
  ];
  const ended = await Promise.all(wrong.map(([line]) => shrike(['backtest', ...line.split(' ')])));
  ended.forEach(({ code, stdout, stderr }, i) => {
    const [line, message] = wrong[i]!;
    const said = stderr.split('\n').filter((each) => each.startsWith('shrike: '));
    expect([line, code, stdout, said]).toEqual([line, 2, '', [expect.stringMatching(message)]]);
  });
  expect(existsSync(at('no'))).toBe(false);
});

test('a period without a transaction ends with 1', () => {
  const { status, stderr } = onFiles('--rules', at('three.yaml'), '--from', '2027-01-01');
  expect(status).toBe(1);
  expect(stderr).toContain(
    'history.ndjson has no transaction from 2027-01-01T00:00:00.000Z: nothing can be tried on it',
  );
});
