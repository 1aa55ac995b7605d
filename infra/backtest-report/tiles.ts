import type { BacktestReport, SetFigures } from '../../domain/backtest/backtest-report.ts';
import { countText, moneyText, percentText, rateText, ratioText } from './figures-text.ts';
import { type Markup, markup } from './markup.ts';

interface Tile {
  name: string;
  text(set: SetFigures): string;
  /** By what two sets are compared; undefined where neither more nor less is better. */
  value(set: SetFigures): number | null;
  better: 'more' | 'less';
}

/** The figures that decide, of the first candidate, beside what they were. */
export function tiles(report: BacktestReport): Markup {
  const [candidate] = report.sets;
  const against = report.sets.find(({ role }) => role === 'against');
  const others = report.sets.filter(({ role }) => role === 'candidate').length - 1;
  const whose = others === 0 ? '' : markup`<p class="of">Of ${candidate!.name}; all sets are below.</p>`;
  return markup`${whose}<section class="tiles">${tilesOf(report).map((tile) => tileOf(tile, candidate!, against))}</section>`;
}

function tilesOf({ baseCurrency }: BacktestReport): Tile[] {
  return [
    {
      name: 'Average precision',
      text: ({ averagePrecision }) => ratioText(averagePrecision),
      value: ({ averagePrecision }) => averagePrecision,
      better: 'more',
    },
    {
      name: 'Precision of alerts',
      text: ({ review }) => percentText(review.precision),
      value: ({ review }) => review.precision,
      better: 'more',
    },
    {
      name: 'Fraud caught',
      text: ({ review }) => percentText(review.recall),
      value: ({ review }) => review.recall,
      better: 'more',
    },
    {
      name: 'Alerts a day',
      text: ({ alertsADay }) => rateText(alertsADay),
      value: ({ alertsADay }) => alertsADay,
      better: 'less',
    },
    {
      name: 'Money caught',
      text: ({ review }) => moneyText(review.caughtMinor, baseCurrency),
      value: ({ review }) => Number(review.caughtMinor),
      better: 'more',
    },
    {
      name: 'Good money stopped',
      text: ({ review }) => moneyText(review.stoppedGoodMinor, baseCurrency),
      value: ({ review }) => Number(review.stoppedGoodMinor),
      better: 'less',
    },
  ];
}

function tileOf(tile: Tile, candidate: SetFigures, against: SetFigures | undefined): Markup {
  return markup`<div class="tile"><div class="name">${tile.name}</div><div class="figure">${figure(tile.text(candidate))}</div>${
    against === undefined ? '' : was(tile, candidate, against)
  }</div>`;
}

function was(tile: Tile, candidate: SetFigures, against: SetFigures): Markup {
  const [now, before] = [tile.value(candidate), tile.value(against)];
  const text = `was ${tile.text(against)}`;
  if (now === before) return markup`<div class="was">as before</div>`;
  if (now === null || before === null) return markup`<div class="was">${text}</div>`;
  const isBetter = now > before === (tile.better === 'more');
  const change =
    before === 0 ? '' : ` (${now > before ? '+' : '−'}${changeText(Math.abs(now / before - 1))})`;
  return markup`<div class="was"><span class="${isBetter ? 'better' : 'worse'}">${now > before ? '▲' : '▼'} ${isBetter ? 'better' : 'worse'}${change}</span><br>${text}</div>`;
}

/** Its unit is written smaller. */
function figure(text: string): Markup {
  const [number, unit] = text.split(' ');
  return unit === undefined ? markup`${number!}` : markup`${number!} <small>${unit}</small>`;
}

const changeText = (share: number): string =>
  share >= 10 ? `${countText(Math.round(share + 1))}×` : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
