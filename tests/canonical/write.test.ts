import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { folderOf } from './history.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shrike-canonical-'));
  cpSync(folderOf('amounts'), join(folder, 'amounts'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tests/canonical/write.ts', ...args], {
    env: { PATH: process.env.PATH, SHRIKE_CANONICAL_HISTORIES: folder },
    encoding: 'utf8',
  });
  return { status, told: stdout + stderr };
}

const pathOf = (file: string) => join(folder, 'amounts', file);
const sealed = () => readFileSync(pathOf('points.seal.json'), 'utf8');

test('what has no seal gets one; what has is written over only by who means it', () => {
  const rules = readFileSync(pathOf('points.yaml'), 'utf8');
  const before = sealed();
  writeFileSync(pathOf('another.yaml'), rules);
  writeFileSync(pathOf('points.yaml'), rules.replace('points: 35', 'points: 36'));

  const { status, told } = write();
  expect(status).toBe(1);
  expect(told).toMatch(/^amounts\/another: \d+ decisions sealed$/m);
  expect(told).toMatch(
    /^amounts\/points: NOT written: decision \d+, transaction t-\d+ of account a-\d: score was .* CONTRIBUTING/m,
  );
  expect(sealed()).toBe(before);
  expect(readFileSync(pathOf('another.seal.json'), 'utf8')).toBe(before);

  const meant = write('--i-mean-it');
  expect(meant.status).toBe(0);
  expect(meant.told).toMatch(/^amounts\/another: as it was sealed\namounts\/points: sealed anew: decision /);
  expect(sealed()).not.toBe(before);
});
