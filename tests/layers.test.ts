import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '..');

/** Which top-level folders a folder's code may import, itself included. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: ['domain'],
  processors: ['domain', 'processors'],
  projections: ['domain', 'projections'],
  api: ['domain', 'api'],
  infra: ['domain', 'processors', 'projections', 'api', 'infra'],
};

/** What a pure function cannot have: a clock, chance, an environment, anything outside memory. */
const IMPURE = [
  /\bDate\.now\(/,
  /\bnew Date\(\)/,
  /\bMath\.random\(/,
  /\bprocess\./,
  /\bperformance\./,
  /from 'node:(fs|net|http|https|sqlite|worker_threads|child_process|timers|os)/,
  /\bawait\b/,
];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
    .filter((file) => !/\.(test|contract|fixture)\.ts$|test-support|testing|\.d\.ts$/.test(file));
}

function wrongImports(file: string, text: string): string[] {
  const folder = file.split('/')[0]!;
  const imports = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) => path!);
  return imports
    .map((path) => relative(root, resolve(root, file, '..', path)).split('/')[0]!)
    .filter((target) => !MAY_IMPORT[folder]!.includes(target))
    .map((target) => `${file} imports ${target}`);
}

const impurities = (file: string, text: string): string[] =>
  IMPURE.filter((pattern) => pattern.test(withoutComments(text))).map(
    (pattern) => `${file} has ${pattern.source}`,
  );

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');

describe('layers', () => {
  test.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (folder) => {
    expect(
      sources(folder).flatMap((file) => wrongImports(file, readFileSync(join(root, file), 'utf8'))),
    ).toEqual([]);
  });

  test('domain is pure', () => {
    expect(
      sources('domain').flatMap((file) => impurities(file, readFileSync(join(root, file), 'utf8'))),
    ).toEqual([]);
  });

  test('a wrong import and an impurity are found', () => {
    expect(wrongImports('domain/x.ts', "import { a } from '../infra/a.ts';")).toEqual([
      'domain/x.ts imports infra',
    ]);
    expect(impurities('domain/x.ts', 'const now = Date.now();')).toHaveLength(1);
  });
});
