import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { backtestRequest } from './backtest-request.ts';
import type { BacktestCommandOptions } from './commands/backtest.ts';

let folder: string;
let rules: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-backtest-request-'));
  rules = join(folder, 'a.yaml');
  for (const name of ['a.yaml', 'b.yaml']) {
    writeFileSync(
      join(folder, name),
      'name: small\nrules:\n  - { id: r, when: amountMinor > 1, points: 9, reason: R }\nthresholds: { review: 50, decline: 80 }\n',
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const request = (options: Partial<BacktestCommandOptions> = {}) =>
  backtestRequest({ rules: [rules], cards: '100', examples: '10', json: false, data: 'd', ...options });

const DAY_MS = 86_400_000;

test('what is not said differs between the store and files', async () => {
  expect(await request()).toMatchObject({
    kind: 'store',
    labelsUsed: 'as-known',
    unlabelled: 'unknown',
    ripeAfterMs: 90 * DAY_MS,
    period: { fromMs: null, toMs: null },
  });
  expect(await request({ transactions: 'in/t.ndjson', labels: 'as-known' })).toMatchObject({
    kind: 'files',
    labelsUsed: 'final',
    labels: 'as-known',
    unlabelled: 'genuine',
    ripeAfterMs: 0,
    sourceText: 't.ndjson',
  });
});

test('days begin at midnight UTC; times are as they say', async () => {
  const { period } = await request({ from: '2026-03-01', to: '2026-03-01T02:00:00+01:00' });
  expect(period).toEqual({ fromMs: Date.UTC(2026, 2, 1), toMs: Date.UTC(2026, 2, 1, 1) });
});

test('sets of the same name are told apart by their files; the one compared with comes last', async () => {
  const { sets } = await request({ rules: [rules, join(folder, 'b.yaml')], against: 'active' });
  expect(sets.map(({ name, role }) => [name, role])).toEqual([
    ['small', 'candidate'],
    ['small (b.yaml)', 'candidate'],
    ['in force', 'against'],
  ]);
});

test('what is wrong is named, with what would be right', async () => {
  const wrong: [Partial<BacktestCommandOptions>, RegExp][] = [
    [{ rules: [join(folder, 'nowhere')] }, /nowhere: there is no such file/],
    [{ rules: [rules, rules, rules, rules] }, /a.yaml is named twice/],
    [{ transactions: 't', against: 'active' }, /--against active needs a store/],
    [{ rates: 'r.json' }, /--rates is for --transactions/],
    [{ labels: 'some.ndjson' }, /--labels must be as-known or final, not "some.ndjson"/],
    [{ from: 'monday' }, /--from must be a day such as 2026-03-01 .*, not "monday"/],
    [{ to: '2026-02-30' }, /--to must be a day such as 2026-03-01 .*, not "2026-02-30"/],
    [{ from: '2026-03-02', to: '2026-03-02' }, /--to 2026-03-02 must be later than --from 2026-03-02/],
    [{ unlabelled: 'fraud' }, /--unlabelled must be genuine or unknown, not "fraud"/],
    [{ ripeAfter: 'long' }, /--ripe-after must be a duration such as 90d or 12h, not "long"/],
    [{ cards: '0' }, /--cards must be a whole number from 1 to 1000000, not "0"/],
    [{ examples: 'all' }, /--examples must be a whole number from 0 to 1000, not "all"/],
  ];
  for (const [options, message] of wrong) await expect(request(options)).rejects.toThrow(message);
});
