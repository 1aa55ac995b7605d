import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readExpectation } from '../canonical/expectation.ts';
import { canonicalCases, folderOf, readRules } from '../canonical/history.ts';
import { type Api, apiWith } from '../support/api.ts';
import { type Deployment, type Home, newHome } from '../support/deployment.ts';
import { inForce, newId, pages } from '../support/payments.ts';
import { shrike } from '../support/shrike.ts';

let home: Home;
let server: Deployment;
let reader: Api;

const canonical = canonicalCases().find(({ name }) => name === 'entities/points')!;
const LABELLED = `name: labelled
features: { frauds: { aggregate: count, window: 30d, per: merchant, where: 'label == "fraud"' } }
rules: [{ id: frauds, when: frauds >= 1, points: 60, reason: FRAUDS }]
thresholds: { review: 50, decline: 80 }
`;

beforeAll(async () => {
  home = newHome();
  server = await home.start();
  reader = apiWith(server, server.keys.read);
});
afterAll(() => home.remove());

const importing = (file: string, labels: string, ...more: string[]) =>
  shrike(['import', file, '--labels', labels, '--url', server.url, '--data', home.folder, ...more]);

/** What was decided of an account's transactions, once all that is stored is decided. */
async function decided(accountId: string): Promise<Record<string, unknown>[]> {
  const { position } = (await reader.get('/v1/status')).body;
  const path = `/v1/accounts/${accountId}/transactions?order=oldest&limit=100&after=${position}`;
  return (await pages(reader, path, 'transactions')) as Record<string, unknown>[];
}

function written(name: string, values: readonly unknown[]): string {
  const path = join(home.folder, name);
  const lines = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  writeFileSync(path, gzipSync(`${lines.join('\n')}\n`));
  return path;
}

/** `tid revision reasons` */
const shown = (rows: readonly Record<string, unknown>[]) =>
  rows.map(({ transactionId, revision, reasons }) => `${transactionId} ${revision} ${reasons}`);

test('a history with its labels is decided as its files are: late rows, corrections, labels without accounts', async () => {
  await inForce(apiWith(server, server.keys.operate), readRules(canonical));
  const folder = folderOf(canonical.history);
  const { code, stdout, stderr } = await importing(
    `${folder}/transactions.ndjson.gz`,
    `${folder}/labels.ndjson.gz`,
    '--json',
  );
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { lines: 1_200, failed: 0, labels: { lines: 202, failed: 0 } },
  ]);
  expect(stderr).not.toContain('label line');
  const { decisions } = readExpectation(canonical)!;
  for (const [accountId, own] of Map.groupBy(decisions, (each) => each.accountId)) {
    const rows = await decided(accountId);
    const told = ({ transactionId, revision, score, decision, reasons }: Record<string, unknown>) =>
      JSON.stringify({ transactionId, revision, score, decision, reasons });
    expect(rows.map(told).sort()).toEqual(own.map((each) => told({ ...each })).sort());
  }
}, 60_000);

test('labels are told by their line where they are refused, and are known when handed in again', async () => {
  await inForce(apiWith(server, server.keys.operate), LABELLED);
  const [a, b, shop, same] = [newId('a'), newId('b'), newId('m'), newId('same')];
  const payment = (transactionId: string, accountId: string, day: number) => ({
    transactionId,
    accountId,
    merchantId: shop,
    amountMinor: 100,
    currency: 'EUR',
    occurredAt: `2023-05-0${day}T00:00:00Z`,
  });
  const label = (transactionId: string, day: number, more: object = {}) => ({
    transactionId,
    label: 'fraud',
    source: 'issuer',
    knownAt: `2023-05-0${day}T00:00:00Z`,
    ...more,
  });
  const first = newId('first');
  const rows = [payment(first, a, 1), payment(same, a, 2), payment(same, b, 3), payment('third', a, 5)];
  const history = written('t.gz', [...rows.slice(0, 3), 'nonsense', ...rows.slice(3)]);
  const labels = written('l.gz', [
    label(first, 3),
    label(same, 4),
    label(same, 6, { accountId: b }),
    label(newId('nowhere'), 4),
    { ...label(first, 4), label: 'bad' },
  ]);
  const imported = await importing(history, labels);
  expect([imported.code, imported.stdout]).toEqual([
    1,
    '4 of 5 transactions are stored, 1 refused\n2 of 5 labels are stored, 3 refused\n',
  ]);
  const told = imported.stderr.split('\n').filter((line) => /^(label )?line \d/.test(line));
  expect(told).toEqual([
    expect.stringMatching(/^label line 5: label must be one of "fraud", "genuine"/),
    expect.stringMatching(
      /^label line 2: is of transaction same\S*, which several accounts have: say accountId$/,
    ),
    expect.stringMatching(/^line 4: /),
    expect.stringMatching(/^label line 4: No transaction nowhere\S* is known\.$/),
  ]);
  // The label of the first is known from the third on, and has a revision of the account.
  expect(shown(await decided(a))).toEqual([`${first} 0 `, `${same} 1 `, 'third 3 FRAUDS']);
  expect(shown(await decided(b))).toEqual([`${same} 0 FRAUDS`]);

  const again = await importing(history, labels);
  expect([again.code, again.stdout]).toEqual([1, imported.stdout]);
  expect(shown(await decided(a))).toEqual([`${first} 0 `, `${same} 1 `, 'third 3 FRAUDS']);
});

test('a file of labels that is not there is told before anything is sent', async () => {
  const { code, stdout, stderr } = await importing(written('one.gz', ['{}']), join(home.folder, 'none'));
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('--labels');
});
