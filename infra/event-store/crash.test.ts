import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { accountStream } from '../../domain/facts.ts';
import { type FactReader, openReader } from './fact-reader.ts';
import { findDamage } from './store-check.ts';

const LOAD = new URL('./load.fixture.ts', import.meta.url).pathname;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-crash-'));
  path = join(folder, 'facts.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the load until `killAfterMs` after its first acknowledgement, then kills it. @returns the lines it wrote */
async function killedRun(args: string[], killAfterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [LOAD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let output = '';
  child.stdout.on('data', (chunk) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    output += chunk;
  });
  await ended;
  return output.slice(0, output.lastIndexOf('\n')).split('\n');
}

const acknowledged = (lines: string[]) =>
  lines
    .filter((line) => line.startsWith('acked '))
    .map((line) => line.split(' ').slice(1) as [string, string]);

function lost(reader: FactReader, acked: [string, string][]): number {
  return acked.filter(([accountId, transactionId]) => reader.find(accountId, transactionId) === undefined)
    .length;
}

function expectDenseAndSingle(reader: FactReader): void {
  for (let account = 0; account < 7; account++) {
    const stored = reader.readStream(accountStream(`account-${account}`), 0, 1_000_000);
    expect(stored.map((fact) => fact.revision)).toEqual(stored.map((_, i) => i));
    expect(new Set(stored.map((fact) => fact.key)).size).toBe(stored.length);
  }
}

describe('kill -9 under load', () => {
  test('leaves every acknowledged transaction in the store once, and revisions dense', async () => {
    const acked: [string, string][] = [];
    for (let run = 0; run < 6; run++) {
      acked.push(...acknowledged(await killedRun([path, `run${run}`], Math.random() * 200)));
      const reader = openReader(path);
      expect(lost(reader, acked)).toBe(0);
      expectDenseAndSingle(reader);
      reader.close();
    }
    expect(acked.length).toBeGreaterThan(6);
    expect(findDamage(path)).toBeUndefined();
  }, 60_000);

  test('control: acknowledged before the commit, some are lost', async () => {
    let missing = 0;
    for (let run = 0; run < 5 && missing === 0; run++) {
      const acked = acknowledged(await killedRun([path, `run${run}`, 'early'], Math.random() * 200));
      if (!existsSync(path)) continue;
      const reader = openReader(path);
      missing += lost(reader, acked);
      reader.close();
    }
    expect(missing).toBeGreaterThan(0);
  }, 60_000);
});

/** A limit on the size of files stands for a full disk: writes beyond it fail. */
const canLimitFiles = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;

(canLimitFiles ? test : test.skip)(
  'a full disk: nothing is acknowledged that is not stored; with room again it goes on by itself',
  async () => {
    const child = spawn(
      'bash',
      ['-c', `ulimit -S -f 600; exec "$0" "$@"`, process.execPath, LOAD, path, 'run'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = new Promise((resolve) => child.once('close', resolve));
    let output = '';
    let ackedWhenRoom = -1;
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (ackedWhenRoom < 0 && output.includes('\nfailed ')) {
        ackedWhenRoom = acknowledged(output.split('\n')).length;
        setTimeout(() => spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:']), 200);
        setTimeout(() => child.kill('SIGKILL'), 1_000);
      }
    });
    await ended;
    const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
    const acked = acknowledged(lines);
    expect(lines.filter((line) => line.startsWith('failed '))[0]).toMatch(/the store failed: .*(disk|full)/);
    expect(acked.length).toBeGreaterThan(ackedWhenRoom);
    const reader = openReader(path);
    expect(lost(reader, acked)).toBe(0);
    expectDenseAndSingle(reader);
    reader.close();
    expect(findDamage(path)).toBeUndefined();
  },
);
