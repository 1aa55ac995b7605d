/**
 * `npm test`: types, lint, then every test. Ends with the plain line `N passed, N failed`; whatever could not run
 * for want of something on this machine is said in one line before it, and is a failure where CI=true.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
}

const bin = (name: string) => join('node_modules', '.bin', name);
const run = (command: string, args: string[]) => spawnSync(command, args, { stdio: 'inherit' }).status === 0;

const isCi = process.env.CI === 'true';
const checksFailed = [
  ['types', run(bin('tsc'), ['--noEmit'])],
  ['lint', run(bin('biome'), ['check', '.'])],
].filter(([, passed]) => !passed);

const report = jest(process.argv.slice(2));
const skipped = report.testResults.flatMap(({ assertionResults }) =>
  assertionResults
    .filter(({ status }) => status === 'pending' || status === 'todo')
    .map(({ fullName }) => fullName),
);
if (skipped.length > 0) {
  process.stdout.write(
    `skipped ${skipped.length} tests: ${[...new Set(skipped.map(whySkipped))].join('; ')}\n`,
  );
}
for (const [name] of checksFailed) process.stdout.write(`failed: ${name}\n`);

const failed =
  report.numFailedTests +
  report.numRuntimeErrorTestSuites +
  checksFailed.length +
  (isCi ? skipped.length : 0);
process.stdout.write(`${report.numPassedTests} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** What it needs, as tests/support/with-engine.ts wrote it into the name; else the name itself. */
function whySkipped(fullName: string): string {
  return /\[(needs [^\]]+)\]/.exec(fullName)?.[1] ?? fullName;
}

function jest(args: string[]): JestReport {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-test-'));
  const outputFile = join(folder, 'report.json');
  try {
    run(process.execPath, [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join('node_modules', 'jest', 'bin', 'jest.js'),
      '--json',
      '--forceExit',
      `--outputFile=${outputFile}`,
      ...args,
    ]);
    return JSON.parse(readFileSync(outputFile, 'utf8')) as JestReport;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
