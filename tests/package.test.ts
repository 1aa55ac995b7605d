import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shrike } from './support/shrike.ts';

const root = dirname(import.meta.dirname);
const RULES = 'infra/defaults/card-payments.yaml';
const payments = Array.from({ length: 20 }, (_, i) =>
  JSON.stringify({
    transactionId: `t${i}`,
    accountId: `a${i % 3}`,
    amountMinor: 100 + i * 7,
    currency: 'EUR',
    occurredAt: new Date(Date.parse('2026-03-01T12:00:00Z') + i * 1_000).toISOString(),
  }),
).join('\n');

/** Where someone has installed the package: a folder with nothing else in it. */
let home: string;
let installed: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'shrike-package-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', home], { cwd: root, stdio: 'pipe' });
  const tarball = readdirSync(home).find((name) => name.endsWith('.tgz'))!;
  const modules = join(home, 'node_modules');
  mkdirSync(modules);
  execFileSync('tar', ['-xzf', tarball, '-C', 'node_modules'], { cwd: home });
  installed = join(modules, 'shrike');
  renameSync(join(modules, 'package'), installed);
  linkDependencies(modules);
  writeFileSync(join(home, 'payments.ndjson'), payments);
}, 120_000);

afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What package.json names and nothing else: an import of what it does not name fails. */
function linkDependencies(modules: string): void {
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(installed, 'bin', 'shrike.js'), ...args], {
    cwd: home,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(...args);
  const [stdout, stderr] = await Promise.all([
    child.stdout!.toArray(),
    child.stderr!.toArray(),
    once(child, 'exit'),
  ]);
  return { code: child.exitCode!, stdout: stdout.join(''), stderr: stderr.join('') };
}

describe('the package', () => {
  test('holds what runs, and what one reads first', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/rules.md']));
    expect(
      files.filter((file) => /\.ts$|fixture|contract|testing$|test-support$|\.test\./.test(file)),
    ).toEqual([]);
    const tops = new Set(files.map((file) => file.split('/')[0]));
    expect([...tops].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'docs',
      'package.json',
    ]);
  });

  test('knows its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('scores a file as the sources do', async () => {
    const packed = join(installed, 'dist', RULES);
    const ours = await run('score', '--rules', packed, '--transactions', 'payments.ndjson');
    const file = join(home, 'payments.ndjson');
    const sources = await shrike(['score', '--rules', join(root, RULES), '--transactions', file]);
    expect(ours.code).toBe(0);
    expect(ours.stdout.split('\n')).toHaveLength(22);
    expect(ours.stdout).toBe(sources.stdout);
  });

  test('serves: its threads, its rule set and its first keys are found', async () => {
    const server = start('serve', '--data', 'data', '--port', '0', '--json');
    try {
      const { value } = await createInterface({ input: server.stdout! })[Symbol.asyncIterator]().next();
      const { url, firstKeys } = JSON.parse(value as string);
      const { submit } = JSON.parse(readFileSync(join(home, firstKeys), 'utf8'));
      const answer = await fetch(`${url}/v1/transactions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${submit}`, 'content-type': 'application/json', prefer: 'wait=10' },
        body: payments.split('\n')[0]!.replace(/"2026[^"]+"/, `"${new Date().toISOString()}"`),
      });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ degraded: false, decision: 'approve' });
    } finally {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
    expect(server.exitCode).toBe(0);
  });
});
