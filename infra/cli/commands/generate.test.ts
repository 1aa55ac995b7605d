import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import { shrike } from '../../../tests/support/shrike.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-generate-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const generate = (out: string, ...more: string[]) =>
  shrike(['generate', 'handbook', '--customers', '200', '--days', '40', '--out', join(folder, out), ...more]);
const read = (out: string, name: string): Buffer => readFileSync(join(folder, out, `${name}.ndjson.gz`));
const rows = (out: string, name: string): Record<string, string>[] =>
  gunzipSync(read(out, name))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('shrike generate handbook writes transactions, a label for each fraud, and why it is one', async () => {
  const { code, stderr } = await generate('a', '--json');
  expect(code).toBe(0);
  const counts = JSON.parse(stderr);
  const [transactions, labels, truth] = ['transactions', 'labels', 'truth'].map((name) => rows('a', name));
  expect(transactions).toHaveLength(counts.transactions);
  expect(labels!.length).toBeGreaterThan(50);
  expect(labels).toHaveLength(counts.frauds);
  expect(truth!.map(({ transactionId }) => transactionId)).toEqual(
    labels!.map(({ transactionId }) => transactionId),
  );
  expect(JSON.stringify(transactions)).not.toContain('fraud');
  const occurredAt = new Map(transactions!.map((row) => [row.transactionId, Date.parse(row.occurredAt!)]));
  const delays = labels!.map((row) => Date.parse(row.knownAt!) - occurredAt.get(row.transactionId)!);
  expect(new Set(delays)).toEqual(new Set([7 * 86_400_000]));
});

test('shrike generate handbook writes the same again; another delay moves the labels alone', async () => {
  await generate('b', '--label-delay', '36h');
  await generate('c');
  expect(read('c', 'labels')).toEqual(read('a', 'labels'));
  expect(read('b', 'transactions')).toEqual(read('a', 'transactions'));
  const knownAt = (out: string) => rows(out, 'labels').map((row) => Date.parse(row.knownAt!));
  const earlier = knownAt('b');
  expect(knownAt('a').map((ms, i) => ms - earlier[i]!)).toEqual(earlier.map(() => (7 * 24 - 36) * 3_600_000));
});

test.each([
  [['--days', '0'], /--days must be a whole number from 1 to 1000, not "0"/],
  [['--customers', '2'], /--customers must be a whole number from 20 to 100000/],
  [['--label-delay', '7'], /--label-delay must be from 1s to 90d, such as 7d, not "7"/],
])('%s is a wrong call', async (options, message) => {
  const { code, stderr } = await generate('d', ...options);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('a folder that cannot be is a wrong call', async () => {
  writeFileSync(join(folder, 'file'), '');
  const { code, stderr } = await generate('file');
  expect(code).toBe(2);
  expect(stderr).toContain('exists already, and is no folder');
});
