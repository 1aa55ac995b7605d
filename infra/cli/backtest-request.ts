import { basename } from 'node:path';
import type { Period } from '../../domain/backtest/case-collector.ts';
import { parseOccurredAt } from '../../domain/occurred-at.ts';
import { parseDurationMs } from '../../domain/rules/duration.ts';
import { IN_FORCE, type TriedSet } from '../backtest/tried-sets.ts';
import type { BacktestCommandOptions } from './commands/backtest.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { wholeNumber } from './number-option.ts';
import { readRuleSet } from './read-rule-set.ts';
import { threadsOption } from './threads-option.ts';

/** What a backtest was asked for, checked. */
export type BacktestRequest = FilesRequest | StoreRequest;

interface CommonRequest {
  /** The candidates, and last what they are compared with. */
  sets: readonly (TriedSet | typeof IN_FORCE)[];
  period: Period;
  labelsUsed: 'as-known' | 'final';
  unlabelled: 'genuine' | 'unknown';
  ripeAfterMs: number;
  cardsADay: number;
  mostExamples: number;
  sourceText: string;
}

export interface FilesRequest extends CommonRequest {
  kind: 'files';
  transactions: string;
  labels: string | undefined;
  lists: string | undefined;
  rates: string | undefined;
}

export interface StoreRequest extends CommonRequest {
  kind: 'store';
  /** The accounts are shared out among so many. */
  threads: number;
}

const DAY_MS = 86_400_000;
/** Chargebacks take that long. Published files hold every label they will ever hold. */
const RIPE_AFTER_MS = { store: 90 * DAY_MS, files: 0 };

/** @throws CommandFailed that names the option and says what would be right */
export async function backtestRequest(options: BacktestCommandOptions): Promise<BacktestRequest> {
  const kind = options.transactions === undefined ? 'store' : 'files';
  const { against, ripeAfter, unlabelled } = options;
  if (kind === 'store' && options.rates !== undefined) {
    throw wrong('--rates is for --transactions: amounts in a store were converted when they came');
  }
  if (kind === 'store' && options.lists !== undefined) {
    throw wrong('--lists is for --transactions: a store knows how its lists changed');
  }
  if (kind === 'files' && against === 'active') {
    throw wrong(
      '--against active needs a store, which knows what was in force: name a file of rules instead',
    );
  }
  const common = {
    period: periodOf(options.from, options.to),
    unlabelled: oneOf(
      '--unlabelled',
      unlabelled,
      ['genuine', 'unknown'],
      kind === 'files' ? 'genuine' : 'unknown',
    ),
    ripeAfterMs: ripeAfter === undefined ? RIPE_AFTER_MS[kind] : durationOf('--ripe-after', ripeAfter),
    cardsADay: wholeNumber('--cards', options.cards, 1, 1_000_000),
    mostExamples: wholeNumber('--examples', options.examples, 0, 1_000),
  };
  if (options.transactions !== undefined) {
    const { transactions, labels, lists, rates } = options;
    return {
      kind: 'files',
      ...common,
      sets: await setsOf(options),
      labelsUsed: 'final',
      transactions,
      labels,
      lists,
      rates,
      sourceText: transactions === '-' ? 'standard input' : basename(transactions),
    };
  }
  const labelsUsed = oneOf('--labels', options.labels, ['as-known', 'final'], 'as-known');
  return {
    kind: 'store',
    ...common,
    sets: await setsOf(options),
    labelsUsed,
    threads: threadsOption(options.threads),
    sourceText: 'the event store',
  };
}

async function setsOf({ rules, against }: BacktestCommandOptions): Promise<CommonRequest['sets']> {
  const files = against === undefined || against === 'active' ? rules : [...rules, against];
  const taken = new Set<string>(against === 'active' ? [IN_FORCE.name] : []);
  const sets: (TriedSet | typeof IN_FORCE)[] = [];
  for (const [place, path] of files.entries()) {
    const definition = await readRuleSet(path);
    const name = freeName(definition.name, path, taken);
    sets.push({ name, role: place < rules.length ? 'candidate' : 'against', definition });
  }
  if (against === 'active') sets.push(IN_FORCE);
  return sets;
}

/** Of versions of one rule set, what tells them apart is the file. */
function freeName(name: string, path: string, taken: Set<string>): string {
  const names = [name, `${name} (${basename(path)})`, `${name} (${path})`];
  const free = names.find((each) => !taken.has(each));
  if (free === undefined) throw wrong(`${path} is named twice: each rule set is tried once`);
  taken.add(free);
  return free;
}

function periodOf(from: string | undefined, to: string | undefined): Period {
  const period = { fromMs: timeOf('--from', from), toMs: timeOf('--to', to) };
  if (period.fromMs !== null && period.toMs !== null && period.fromMs >= period.toMs) {
    throw wrong(`--to ${to} must be later than --from ${from}`);
  }
  return period;
}

function timeOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const time = parseOccurredAt(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (typeof time === 'number') return time;
  throw wrong(
    `${option} must be a day such as 2026-03-01 (from midnight UTC) or an RFC 3339 time with a zone, not "${text}"`,
  );
}

function durationOf(option: string, text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw wrong(`${option} must be a duration such as 90d or 12h, not "${text}"`);
  return ms;
}

function oneOf<T extends string>(
  option: string,
  text: string | undefined,
  allowed: readonly T[],
  byDefault: T,
): T {
  if (text === undefined) return byDefault;
  const found = allowed.find((each) => each === text);
  if (found === undefined) throw wrong(`${option} must be ${allowed.join(' or ')}, not "${text}"`);
  return found;
}

const wrong = (message: string): CommandFailed => new CommandFailed(message, EXIT.usage);
