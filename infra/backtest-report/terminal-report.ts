import type { BacktestReport, SetFigures } from '../../domain/backtest/backtest-report.ts';
import type { ChangedDecision, DecisionChange } from '../../domain/backtest/decision-changes.ts';
import { figureRows } from './figure-rows.ts';
import { countText, moneyText, percentText, scoreText } from './figures-text.ts';
import { historyWords, labelWords } from './label-words.ts';

const EXAMPLES_SHOWN = 3;
const WIDTH = 100;

/** The report as text of at most 100 columns. */
export function terminalReport(report: BacktestReport): string {
  return [
    `history     ${historyWords(report)}`,
    `from        ${report.source.text}`,
    `labels      ${labelWords(report)}`,
    '',
    ...figures(report),
    ...report.sets.filter(({ role }) => role === 'candidate').flatMap((set) => ['', ...rules(set)]),
    ...report.changes.flatMap(({ from, to, ways }) => ['', ...changes(from, to, ways, report.baseCurrency)]),
    '',
    'what this cannot know',
    ...report.limits.flatMap((limit) => wrapped(limit)),
    '',
  ].join('\n');
}

function figures(report: BacktestReport): string[] {
  const rows = figureRows(report);
  const lines = [['', ...report.sets.map(({ name }) => name)]];
  let group = '';
  for (const row of rows) {
    if (row.group !== group) {
      group = row.group;
      lines.push([group]);
    }
    lines.push([`  ${row.name}`, ...report.sets.map((set) => row.text(set))]);
  }
  return table(lines);
}

/** Those that hit something; of the others, the names. */
function rules({ name, rules: list }: SetFigures): string[] {
  const idle = list.filter(({ hits }) => hits === 0).map(({ rule }) => rule);
  return [
    ...table([
      [`rules of ${name}`, 'hits', 'frauds', 'genuine', 'precision', 'only it: frauds', 'genuine'],
      ...list
        .filter(({ hits }) => hits > 0)
        .map(({ rule, hits, frauds, genuine, precision, unique }) => [
          `  ${rule}`,
          countText(hits),
          countText(frauds),
          countText(genuine),
          percentText(precision),
          unique === null ? '' : countText(unique.frauds),
          unique === null ? '' : countText(unique.genuine),
        ]),
    ]),
    ...(idle.length === 0 ? [] : wrapped(`never met: ${idle.join(', ')}`)),
  ];
}

function changes(
  from: string,
  to: string,
  ways: readonly DecisionChange[],
  currency: string | null,
): string[] {
  if (ways.length === 0) return [`${to} decides everything as ${from} does`];
  return [
    ...table([
      [`changes from ${from} to ${to}`, 'transactions', 'frauds', 'genuine', 'unlabelled', 'fraud money'],
      ...ways.map((way) => [
        `  ${way.from} > ${way.to}`,
        countText(way.transactions),
        countText(way.frauds),
        countText(way.genuine),
        countText(way.unlabelled),
        moneyText(way.fraudMinor, currency),
      ]),
    ]),
    ...ways.flatMap((way) =>
      way.examples.slice(0, EXAMPLES_SHOWN).map((each) => example(way, each, currency)),
    ),
  ];
}

function example({ from, to }: DecisionChange, of: ChangedDecision, currency: string | null): string {
  const rulesMet = of.toRules.length === 0 ? 'no rule' : of.toRules.join(', ');
  const text = `  e.g. ${from} ${scoreText(of.fromScore)} > ${to} ${scoreText(of.toScore)}: ${of.transactionId} of ${of.accountId}, ${moneyText(of.amountBaseMinor, currency)}, ${of.label ?? 'no label'}, by ${rulesMet}`;
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`;
}

/** The first column to the left, the others to the right. */
function table(lines: readonly string[][]): string[] {
  const columns = Math.max(...lines.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, i) => {
    return Math.max(...lines.map((line) => line[i]?.length ?? 0));
  });
  return lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]! + 2)))
      .join('')
      .trimEnd(),
  );
}

function wrapped(sentence: string): string[] {
  const lines: string[] = [];
  let line = '  -';
  for (const word of sentence.split(' ')) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = '   ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
