import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { scoringPlan } from '../../../domain/risk-fold.ts';
import { type PlacedLabels, readPlacedLabels } from '../../files/placed-labels.ts';
import type { PlacedLists } from '../../files/placed-lists.ts';
import { BadLine, FileScorer, type ScoreFileTotals } from '../../files/score-file.ts';
import { textLines } from '../../files/text-lines.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { progressLine } from '../progress-line.ts';
import { readLists } from '../read-lists.ts';
import { readRates } from '../read-rates.ts';
import { readRuleSet } from '../read-rule-set.ts';

export interface ScoreOptions {
  rules: string;
  transactions: string;
  out: string;
  rates?: string;
  labels?: string;
  lists?: string;
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
  const { strict } = options;
  const onProblem = problemTeller('line', strict);
  const onLabelProblem = problemTeller('label line', strict);
  const labels =
    options.labels === undefined ? undefined : await readLabels(options.labels, onLabelProblem, strict);
  const onListProblem = problemTeller('list line', strict);
  const lists = await readLists(options.lists, [plan.definition], onListProblem, strict);
  const scorer = new FileScorer({
    plan,
    rates: options.rates === undefined ? undefined : readRates(options.rates),
    ...(labels !== undefined && { labels }),
    ...(lists !== undefined && { lists }),
    strict,
    onProblem,
    onLabelProblem,
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
    scorer.finish();
    progress.finish();
    await end(out);
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    await end(out);
    throw new CommandFailed(`${error.message} (--strict stops at the first bad line)`, EXIT.usage);
  } finally {
    scorer.close();
  }
  process.stderr.write(
    options.json ? `${JSON.stringify(scorer.totals)}\n` : summary(scorer.totals, labels, lists),
  );
  return EXIT.ok;
}

/** Tells of the first few bad lines; a run that stops at the first tells of it as it ends. */
function problemTeller(of: string, strict: boolean): (line: number, problem: string) => void {
  let problems = 0;
  return (line, problem) => {
    problems += 1;
    if (problems <= MOST_PROBLEMS_SHOWN && !strict) process.stderr.write(`${of} ${line} ${problem}\n`);
    if (problems === MOST_PROBLEMS_SHOWN + 1) {
      process.stderr.write(`more bad ${of}s follow and are only counted\n`);
    }
  };
}

/** @throws CommandFailed, at the first bad line if strict */
function readLabels(
  path: string,
  tell: (line: number, problem: string) => void,
  strict: boolean,
): Promise<PlacedLabels> {
  const onProblem = (line: number, problem: string) => {
    tell(line, problem);
    if (strict) throw new CommandFailed(`label line ${line} ${problem}`, EXIT.usage);
  };
  return readPlacedLabels(path, onProblem).catch((error: Error) => {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(fileFault(`--labels ${path}`, error), EXIT.usage);
  });
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

function summary(
  totals: ScoreFileTotals,
  given: PlacedLabels | undefined,
  givenLists: PlacedLists | undefined,
): string {
  const { scored, repeats, badLines, withoutRate, labels, lists, decisions } = totals;
  const { approve, review, decline } = decisions;
  const parts = [`${scored} scored: ${approve} approve, ${review} review, ${decline} decline`];
  if (repeats > 0) parts.push(`${repeats} repeats left out`);
  if (badLines > 0) parts.push(`${badLines} bad lines skipped`);
  if (withoutRate > 0) parts.push(`${withoutRate} without a rate to the base currency (give --rates)`);
  if (given !== undefined) {
    parts.push(`${labels.placed} labels placed, ${labels.later} known only after the last transaction`);
    const bad = labels.bad + given.badLines;
    if (given.repeats > 0) parts.push(`${given.repeats} repeated labels left out`);
    if (bad > 0) parts.push(`${bad} bad labels skipped`);
  }
  if (givenLists !== undefined) {
    parts.push(
      `${lists.placed} changes of lists placed, ${lists.later} made only after the last transaction`,
    );
    if (givenLists.badLines > 0) parts.push(`${givenLists.badLines} bad lines of lists skipped`);
  }
  return `${parts.join('; ')}\n`;
}
