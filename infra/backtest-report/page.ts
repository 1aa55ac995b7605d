import type { BacktestReport } from '../../domain/backtest/backtest-report.ts';
import { timeText, versionText } from './figures-text.ts';
import { historyWords, labelWords } from './label-words.ts';
import { Markup, markup } from './markup.ts';
import { PAGE_STYLE } from './page-style.ts';
import { alertDaysPlot, fraudDaysPlot } from './plots/days.ts';
import { distributionPlot } from './plots/distribution.ts';
import type { Figure } from './plots/frame.ts';
import { precisionRecallPlot } from './plots/precision-recall.ts';
import { alertsPlot, moneyPlot } from './plots/thresholds.ts';
import { changesSection, figuresTable, maturityTable, rulesTable } from './tables.ts';
import { tiles } from './tiles.ts';

/**
 * The report as one page that needs nothing else: no script, no font, no address. Its policy forbids every load, so
 * that even a fault in the escaping could not run anything.
 */
export function backtestPage(report: BacktestReport): string {
  const { sets, changes, baseCurrency } = report;
  const title = titleOf(report);
  return `<!doctype html>\n${
    markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Shrike">
<title>Backtest of ${title.candidates}</title>
<style>${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<main>
${header(report, title)}
${tiles(report)}
<section class="notice"><h2>What these figures cannot know</h2><ul>${report.limits.map((limit) => markup`<li>${limit}</li>`)}</ul></section>
<h2>Plots</h2>
<section class="plots">${figuresOf(report).map(figure)}</section>
<h2>All figures</h2>
${figuresTable(report)}
${changes.length === 0 ? '' : markup`<h2>What is decided otherwise</h2><section class="stack">${changes.map((each) => changesSection(each, baseCurrency))}</section>`}
<h2>Rules</h2>
<section class="stack">${sets.map(rulesTable)}</section>
<h2>By age of the label</h2>
<section class="stack">${sets.map(maturityTable)}</section>
<footer>Made by shrike backtest, from the same fold that decides live traffic. Every figure is defined in docs/backtest.md.</footer>
</main>
</body>
</html>
`.text
  }`;
}

interface Title {
  candidates: string;
  against: string | undefined;
}

function titleOf({ sets }: BacktestReport): Title {
  const named = (wanted: string) => sets.filter(({ role }) => role === wanted).map(({ name }) => name);
  return { candidates: named('candidate').join(', '), against: named('against')[0] };
}

function header(report: BacktestReport, { candidates, against }: Title): Markup {
  const versus = against === undefined ? '' : markup` <span class="versus">against</span> ${against}`;
  return markup`<header>
<div class="brand">Shrike backtest</div>
<h1>${candidates}${versus}</h1>
<dl class="facts">
<dt>history</dt><dd>${historyWords(report)}, from ${sourceWords(report)}</dd>
<dt>labels</dt><dd>${labelWords(report)}</dd>
${report.sets.filter(({ definitions }) => definitions.some(({ version }) => version !== null)).map(versions)}
</dl>
</header>`;
}

function sourceWords({ source: { text, through }, period: { from, to } }: BacktestReport): string {
  const bounds = [
    ...(through === null ? [] : [`up to position ${through}`]),
    ...(from === null ? [] : [`from ${timeText(from)}`]),
    ...(to === null ? [] : [`to before ${timeText(to)}`]),
  ];
  return bounds.length === 0 ? text : `${text}, ${bounds.join(', ')}`;
}

const versions = ({ name, definitions }: BacktestReport['sets'][number]): Markup =>
  markup`<dt>${name}</dt><dd>${definitions.map(({ name: of, version }) => versionText(of, version)).join(', ')}</dd>`;

/** Those that have something to show. */
function figuresOf(report: BacktestReport): Figure[] {
  const { sets, labels } = report;
  const [candidate] = sets;
  const isLabelled = labels.fraud > 0;
  return [
    ...(isLabelled ? [precisionRecallPlot(report)] : []),
    alertsPlot(report),
    ...(isLabelled ? [moneyPlot(report)] : []),
    ...sets.map(distributionPlot),
    alertDaysPlot(report),
    ...(isLabelled ? [fraudDaysPlot(candidate!)] : []),
  ];
}

function figure({ title, about, legend, drawing }: Figure): Markup {
  return markup`<figure class="card"><figcaption><h3>${title}</h3><div class="about">${about}</div></figcaption>
<div class="legend">${legend.map(({ name, style }) => markup`<span><i class="${style}"></i>${name}</span>`)}</div>
${drawing}</figure>`;
}
