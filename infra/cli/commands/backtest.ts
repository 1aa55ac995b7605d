import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import type { BacktestReport } from '../../../domain/backtest/backtest-report.ts';
import type { RuleSet } from '../../../domain/rules/rule-set.ts';
import { symbolsOf } from '../../../domain/rules/symbols-of.ts';
import { type HistoryAddress, openHistory } from '../../backtest/history-store.ts';
import { labelsKnownByMs, NothingTried, reportOf } from '../../backtest/report-of.ts';
import type { Tried, TriedSet } from '../../backtest/tried-sets.ts';
import { tryInThreads } from '../../backtest/try-in-threads.ts';
import { tryOnFiles } from '../../backtest/try-on-files.ts';
import { backtestPage } from '../../backtest-report/page.ts';
import { terminalReport } from '../../backtest-report/terminal-report.ts';
import { dataPaths } from '../../data-folder/data-folder.ts';
import { AmbiguousLabel, type FileLabels, readLabelFile } from '../../files/label-file.ts';
import { type PlacedLabels, readPlacedLabels } from '../../files/placed-labels.ts';
import type { PlacedLists } from '../../files/placed-lists.ts';
import { textLines } from '../../files/text-lines.ts';
import type { LayoutOptions } from '../../server/distributed/engines-config.ts';
import { listProblems } from '../../server/services/list-problems.ts';
import {
  type BacktestRequest,
  backtestRequest,
  type FilesRequest,
  type StoreRequest,
} from '../backtest-request.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { fileFault } from '../file-fault.ts';
import { namedEngines } from '../named-engines.ts';
import { type ProgressLine, progressLine } from '../progress-line.ts';
import { readLists } from '../read-lists.ts';
import { readRates } from '../read-rates.ts';

export interface BacktestCommandOptions extends LayoutOptions {
  rules: string[];
  against?: string;
  from?: string;
  to?: string;
  labels?: string;
  unlabelled?: string;
  ripeAfter?: string;
  cards: string;
  examples: string;
  transactions?: string;
  lists?: string;
  rates?: string;
  threads?: string;
  out?: string;
  json: boolean;
  data: string;
}

const MOST_PROBLEMS_SHOWN = 20;

/** Tries rule sets on history, and says what they would have caught and stopped. Nothing but the report is written. */
export async function backtest(options: BacktestCommandOptions, isFolderGiven: boolean): Promise<number> {
  const request = await backtestRequest(options);
  const tried =
    request.kind === 'files' ? await onFiles(request) : await onStore(request, options, isFolderGiven);
  const report = reported(request, tried);
  if (options.out !== undefined) write(options.out, backtestPage(report));
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : terminalReport(report));
  if (options.out !== undefined) process.stderr.write(`the page is ${options.out}\n`);
  return EXIT.ok;
}

async function onFiles(request: FilesRequest): Promise<Tried & { through: null }> {
  const { sets, period, transactions } = request;
  const labels = request.labels === undefined ? undefined : await labelsOf(request.labels);
  const source = await textLines(transactions).catch((error: Error) => {
    throw new CommandFailed(fileFault(`--transactions ${transactions}`, error), EXIT.usage);
  });
  const progress = progressLine('backtest', source.totalBytes, 'bytes');
  const collected = await tryOnFiles({
    sets: sets as readonly TriedSet[],
    period,
    source,
    labels,
    placed: request.labels === undefined ? undefined : await placedOf(request.labels),
    lists: await listsOf(request.lists, sets as readonly TriedSet[]),
    rates: request.rates === undefined ? undefined : readRates(request.rates),
    onProblem: problemsTold(transactions),
    onProgress: (bytesRead, scored) => progress.update(bytesRead, `${scored} transactions`),
  }).catch((error: Error) => {
    if (error instanceof AmbiguousLabel) {
      throw new CommandFailed(`--labels ${request.labels}: ${error.message}`, EXIT.usage);
    }
    throw error;
  });
  progress.finish();
  if (labels !== undefined) {
    tellUnmet(request.labels!, labels);
    tellUnseen(request, labels);
  }
  return { ...collected, newestLabelMs: labels?.newestMs ?? -Infinity, through: null };
}

async function labelsOf(path: string): Promise<FileLabels> {
  return readLabelFile(path, problemsTold(path)).catch((error: Error) => {
    throw new CommandFailed(fileFault(`--labels ${path}`, error), EXIT.usage);
  });
}

function listsOf(path: string | undefined, sets: readonly TriedSet[]): Promise<PlacedLists | undefined> {
  const tell = path === undefined ? () => undefined : problemsTold(path);
  return readLists(
    path,
    sets.map(({ definition }) => definition),
    tell,
    false,
  );
}

/** What is wrong with its lines was told already; one that does not say when it was known has no place. */
function placedOf(path: string): Promise<PlacedLabels> {
  return readPlacedLabels(path, () => undefined);
}

/** The first bad lines of a file, each with its number. */
function problemsTold(path: string): (line: number, problem: string) => void {
  let problems = 0;
  return (line, problem) => {
    problems += 1;
    if (problems <= MOST_PROBLEMS_SHOWN) process.stderr.write(`${path} line ${line} ${problem}\n`);
    if (problems === MOST_PROBLEMS_SHOWN + 1) process.stderr.write(`${path}: more bad lines follow\n`);
  };
}

function tellUnmet(path: string, labels: FileLabels): void {
  const unmet = labels.unmet();
  for (const { line, transactionId, accountId } of unmet.slice(0, MOST_PROBLEMS_SHOWN)) {
    const account = accountId === null ? '' : ` of account ${accountId}`;
    process.stderr.write(
      `${path} line ${line} labels transaction ${transactionId}${account}, which is not there\n`,
    );
  }
  if (unmet.length > MOST_PROBLEMS_SHOWN) {
    process.stderr.write(`${path}: ${unmet.length} labels in all are of transactions that are not there\n`);
  }
}

/** Rules that read labels are judged by labels they could not read. */
function tellUnseen({ labels: path, sets }: FilesRequest, { withoutTime }: FileLabels): void {
  const reading = sets.filter((set) => 'definition' in set && readsLabels(set.definition));
  if (withoutTime === 0 || reading.length === 0) return;
  const names = reading.map(({ name }) => name).join(', ');
  process.stderr.write(
    `${path}: ${withoutTime} labels do not say when they were known (knownAt): the windows of ${names} do not see them\n`,
  );
}

const readsLabels = ({ features }: RuleSet): boolean =>
  features.some(({ where }) => where !== null && symbolsOf(where.tree).includes('label'));

async function onStore(
  { sets, period, labelsUsed, threads }: StoreRequest,
  options: BacktestCommandOptions,
  isFolderGiven: boolean,
): Promise<Tried & { through: number }> {
  const engines = isFolderGiven ? undefined : namedEngines(options);
  const address: HistoryAddress =
    engines === undefined
      ? { kind: 'file', path: factsOf(options.data) }
      : { kind: 'eventstore', url: engines.eventStoreUrl };
  await tellMissingLists(address, sets);
  // Whoever is served on this machine goes first.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  let progress: ProgressLine | undefined;
  const tried = await tryInThreads(
    address,
    { sets, period, labelsKnownByMs: labelsKnownByMs({ labelsUsed, period }) },
    threads,
    (position, total, decisions) => {
      progress ??= progressLine('backtest', total, 'positions');
      progress.update(position, `${decisions} decisions`);
    },
  );
  progress?.finish();
  return tried;
}

/** Candidates may ask lists that the store does not have: nothing is listed there. */
async function tellMissingLists(address: HistoryAddress, sets: StoreRequest['sets']): Promise<void> {
  const asking = sets.filter((set) => 'definition' in set);
  const store = openHistory(address);
  try {
    for (const { name, definition } of asking) {
      for (const { path, problem } of await listProblems(store, definition))
        process.stderr.write(`${name}: ${path}: ${problem}, so it is never true\n`);
    }
  } finally {
    await store.close();
  }
}

function factsOf(data: string): string {
  const { facts } = dataPaths(data);
  if (existsSync(facts)) return facts;
  throw new CommandFailed(`${data} is no data folder: it has no facts.db`, EXIT.usage);
}

function reported(request: BacktestRequest, tried: Tried & { through: number | null }): BacktestReport {
  try {
    return reportOf(request, tried);
  } catch (error) {
    throw error instanceof NothingTried ? new CommandFailed(error.message, EXIT.no) : error;
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandFailed(fileFault(`--out ${path}`, error), EXIT.usage);
  }
}
