import type { BacktestReport, SetFigures } from '../../domain/backtest/backtest-report.ts';
import type { ChangedDecision, DecisionChange } from '../../domain/backtest/decision-changes.ts';
import type { Label } from '../../domain/facts.ts';
import { figureRows } from './figure-rows.ts';
import { countText, moneyText, NO_FIGURE, percentText, scoreText, timeText } from './figures-text.ts';
import { type Markup, markup } from './markup.ts';

/** Every figure of every set. */
export function figuresTable(report: BacktestReport): Markup {
  const { sets } = report;
  let group = '';
  const rows = figureRows(report).map((row) => {
    const head =
      row.group === group
        ? ''
        : markup`<tr class="group"><th colspan="${sets.length + 1}">${row.group}</th></tr>`;
    group = row.group;
    return markup`${head}<tr><th>${row.name}<div class="meaning">${row.meaning}</div></th>${sets.map((set) => markup`<td>${row.text(set)}</td>`)}</tr>`;
  });
  return card(
    markup`<table><thead><tr><th></th>${sets.map(({ name }) => markup`<th>${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

/** What each rule of a set hit. */
export function rulesTable({ name, rules }: SetFigures): Markup {
  if (rules.length === 0)
    return card(markup`<h3>${name}</h3><p class="none">It has no rules: its score is an expression.</p>`);
  const isSum = rules.some(({ unique }) => unique !== null);
  const rows = rules.map(
    ({ rule, hits, frauds, genuine, precision, unique }) =>
      markup`<tr><th class="mono">${rule}</th><td>${countText(hits)}</td><td>${countText(frauds)}</td><td>${countText(genuine)}</td><td>${percentText(precision)}</td>${
        unique === null
          ? ''
          : markup`<td>${countText(unique.frauds)}</td><td>${countText(unique.genuine)}</td>`
      }</tr>`,
  );
  return card(
    markup`<table><thead><tr><th>${name}</th><th>hits</th><th>frauds</th><th>genuine</th><th>precision</th>${
      isSum ? markup`<th>only it: frauds</th><th>only it: genuine</th>` : ''
    }</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

/** How the figures depend on how old the transactions are. */
export function maturityTable({ name, maturity }: SetFigures): Markup {
  const rows = maturity.map(
    (of) =>
      markup`<tr><th>${ageText(of.fromDays, of.toDays)}</th><td>${countText(of.transactions)}</td><td>${countText(of.alerts)}</td><td>${countText(of.frauds)}</td><td>${countText(of.genuine)}</td><td>${countText(of.unlabelled)}</td><td>${percentText(of.precision)}</td><td>${percentText(of.recall)}</td></tr>`,
  );
  return card(
    markup`<table><thead><tr><th>${name}</th><th>transactions</th><th>alerts</th><th>frauds</th><th>genuine</th><th>no label</th><th>precision</th><th>recall</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

const ageText = (from: number, to: number | null): string =>
  to === null ? `${from} days and older` : `${from} to ${to} days old`;

/** What a set decides otherwise than the one it is compared with. */
export function changesSection(
  { from, to, ways }: BacktestReport['changes'][number],
  currency: string | null,
): Markup {
  if (ways.length === 0)
    return card(markup`<p class="none">${to} decides every transaction as ${from} does.</p>`);
  const rows = ways.map(
    (way) =>
      markup`<tr><th>${way.from} → ${way.to}</th><td>${countText(way.transactions)}</td><td>${countText(way.frauds)}</td><td>${countText(way.genuine)}</td><td>${countText(way.unlabelled)}</td><td>${moneyText(way.fraudMinor, currency)}</td><td>${moneyText(way.genuineMinor, currency)}</td></tr>`,
  );
  return card(markup`<table><thead><tr><th>${from} → ${to}</th><th>transactions</th><th>frauds</th><th>genuine</th><th>no label</th><th>fraud money</th><th>good money</th></tr></thead><tbody>${rows}</tbody></table>
${ways.filter(({ examples }) => examples.length > 0).map((way) => examplesOf(way, { from, to }, currency))}`);
}

function examplesOf(
  { from, to, transactions, examples }: DecisionChange,
  sets: { from: string; to: string },
  currency: string | null,
): Markup {
  const shown =
    examples.length === transactions
      ? `all ${countText(transactions)}`
      : `${examples.length} of ${countText(transactions)}`;
  return markup`<details><summary>${from} → ${to}: ${shown}</summary><div class="scroll"><table><thead><tr><th>transaction</th><th class="words">account</th><th>when</th><th>amount</th><th>label</th><th>score</th><th class="words">rules of ${sets.from}</th><th class="words">rules of ${sets.to}</th></tr></thead><tbody>${examples.map((each) => exampleRow(each, currency))}</tbody></table></div></details>`;
}

function exampleRow(of: ChangedDecision, currency: string | null): Markup {
  return markup`<tr><td class="mono">${of.transactionId}</td><td class="words mono">${of.accountId}</td><td>${timeText(of.occurredAt)}</td><td>${moneyText(of.amountBaseMinor, currency)}</td><td>${labelPill(of.label)}</td><td>${scoreText(of.fromScore)} → ${scoreText(of.toScore)}</td><td class="words">${rulesText(of.fromRules)}</td><td class="words">${rulesText(of.toRules)}</td></tr>`;
}

const rulesText = (rules: readonly string[]): string => (rules.length === 0 ? NO_FIGURE : rules.join(', '));

const labelPill = (label: Label | null): Markup =>
  label === null
    ? markup`<span class="pill">none</span>`
    : markup`<span class="pill ${label}">${label}</span>`;

const card = (content: Markup): Markup =>
  markup`<div class="card"><div class="scroll">${content}</div></div>`;
