/**
 * `npm run bench`: every benchmark, one after the other; `npm run bench -- latency http` only those named, and
 * `--quick` shorter runs. Figures come as JSON lines on standard output, and as a table at the end on standard error.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Figure } from './report.ts';

/** File names without their ending. */
const BENCHES = [
  'scoring-core',
  'entities',
  'ingest',
  'http',
  'replay',
  'backtest',
  'latency',
  'distributed',
  'peers',
] as const;

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const unknown = names.filter((name) => !(BENCHES as readonly string[]).includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are ${BENCHES.join(', ')}\n`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const bench of BENCHES) {
  if (names.length === 0 || names.includes(bench)) await run(bench);
}
process.stderr.write(`\n${table(figures)}\n`);

/** In a process of its own: what one leaves behind in memory is none of the next one's business. */
async function run(bench: string): Promise<void> {
  process.stderr.write(`${bench} ...\n`);
  const file = join(import.meta.dirname, `${bench}.ts`);
  const child = spawn(process.execPath, ['--expose-gc', file, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`);
    figures.push(JSON.parse(line) as Figure);
  }
  if ((await ended) === 0) return;
  process.stderr.write(`${bench} failed\n`);
  process.exitCode = 1;
}

function table(all: readonly Figure[]): string {
  const rows = all.map(({ name, value, unit, ratio, against }) => [
    name,
    value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 }),
    unit,
    ratio === undefined ? '' : ratio.toFixed(2),
    against ?? '',
  ]);
  const lines = [['figure', 'value', 'unit', 'ratio', 'against'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  const isNumber = (column: number) => column === 1 || column === 3;
  return lines
    .map((line) =>
      line
        .map((cell, i) => (isNumber(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
