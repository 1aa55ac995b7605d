import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The package file stands two folders up in the sources, three in a built package. */
const packageFile = ['../../package.json', '../../../package.json']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path))!;

export const version: string = JSON.parse(readFileSync(packageFile, 'utf8')).version;
