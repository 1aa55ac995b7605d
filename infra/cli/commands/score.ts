import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import { BadLine, FileScorer, type ScoreFileTotals } from '../../files/score-file.ts';
import { textLines } from '../../files/text-lines.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { progressLine } from '../progress-line.ts';
import { readRates } from '../read-rates.ts';
import { readRuleSet } from '../read-rule-set.ts';

export interface ScoreOptions {
  rules: string;
  transactions: string;
  out: string;
  rates?: string;
  strict: boolean;
  json: boolean;
}

const MOST_PROBLEMS_SHOWN = 20;

/** Scores a file of transactions through the production fold, with no server. */
export async function score(options: ScoreOptions): Promise<number> {
  const plan = scoringPlan(await readRuleSet(options.rules), { name: options.rules, version: 0 });
  const source = await textLines(options.transactions).catch((error: Error) => {
    throw new CommandFailed(fileFault(`--transactions ${options.transactions}`, error), EXIT.usage);
  });
  let problems = 0;
  const scorer = new FileScorer({
    plan,
    rates: options.rates === undefined ? undefined : readRates(options.rates),
    strict: options.strict,
    onProblem: (line, problem) => {
      problems += 1;
      if (problems <= MOST_PROBLEMS_SHOWN && !options.strict)
        process.stderr.write(`line ${line} ${problem}\n`);
      if (problems === MOST_PROBLEMS_SHOWN + 1)
        process.stderr.write('more bad lines follow and are only counted\n');
    },
  });
  const out = await openOutput(options.out);
  const progress = progressLine('scoring', source.totalBytes, 'bytes');
  try {
    out.write(scorer.header());
    for await (const block of source.blocks) {
      const rows = scorer.rows(block);
      if (rows !== '' && !out.write(rows)) await once(out, 'drain');
      progress.update(block.bytesRead, `${scorer.totals.scored} scored`);
    }
    progress.finish();
    await end(out);
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    await end(out);
    throw new CommandFailed(`${error.message} (--strict stops at the first bad line)`, EXIT.usage);
  } finally {
    scorer.close();
  }
  process.stderr.write(options.json ? `${JSON.stringify(scorer.totals)}\n` : summary(scorer.totals));
  return EXIT.ok;
}

async function openOutput(path: string): Promise<Writable> {
  if (path === '-') return process.stdout;
  const out = createWriteStream(path);
  await once(out, 'open').catch((error: Error) => {
    throw new CommandFailed(fileFault(`--out ${path}`, error), EXIT.usage);
  });
  return out;
}

async function end(out: Writable): Promise<void> {
  if (out === process.stdout) return;
  out.end();
  await finished(out);
}

function summary({ scored, repeats, badLines, withoutRate, decisions }: ScoreFileTotals): string {
  const { approve, review, decline } = decisions;
  const parts = [`${scored} scored: ${approve} approve, ${review} review, ${decline} decline`];
  if (repeats > 0) parts.push(`${repeats} repeats left out`);
  if (badLines > 0) parts.push(`${badLines} bad lines skipped`);
  if (withoutRate > 0) parts.push(`${withoutRate} without a rate to the base currency (give --rates)`);
  return `${parts.join('; ')}\n`;
}
