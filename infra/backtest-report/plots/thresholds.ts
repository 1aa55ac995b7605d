import type { BacktestReport, SetFigures } from '../../../domain/backtest/backtest-report.ts';
import type { ThresholdPoint } from '../../../domain/backtest/threshold-curve.ts';
import { currencyExponent } from '../../../domain/codes/currencies.ts';
import type { Markup } from '../markup.ts';
import {
  type Axis,
  BOTTOM,
  drawing,
  type Figure,
  inOrder,
  LEFT,
  path,
  RIGHT,
  setStyle,
  TOP,
  upright,
} from './frame.ts';
import { linearScale, logScale, type Scale, shortText } from './scale.ts';

const X = linearScale(0, 100, LEFT, RIGHT);

/** How much work each threshold makes. */
export function alertsPlot(report: BacktestReport): Figure {
  const { days } = report.period;
  const most = Math.max(1, report.transactions / Math.max(1, days));
  const scale = logScale(Math.min(1, 1 / Math.max(1, days)), most, BOTTOM, TOP);
  const about =
    'Alerts a day if everything from this score up were one. Each line of the grid is ten times the one below.';
  return plot(
    report,
    'Alerts a day by threshold',
    about,
    { scale, title: 'alerts a day', text: shortText },
    (point) => {
      return point.named / Math.max(1, days);
    },
  );
}

/** What each threshold catches, in money. */
export function moneyPlot(report: BacktestReport): Figure {
  const { baseCurrency } = report;
  const unit = 10 ** (baseCurrency === null ? 0 : (currencyExponent(baseCurrency) ?? 0));
  const value = ({ caughtMinor }: ThresholdPoint) => Number(caughtMinor) / unit;
  const most = Math.max(0, ...report.sets.flatMap(({ thresholdCurve }) => thresholdCurve.map(value)));
  const scale = linearScale(0, most || 1, BOTTOM, TOP);
  const title = baseCurrency ?? 'minor units';
  const about = 'Money of the frauds caught if everything from this score up were named.';
  return plot(report, `Money caught by threshold, ${title}`, about, { scale, title, text: shortText }, value);
}

function plot(
  { sets }: BacktestReport,
  title: string,
  about: string,
  y: Axis,
  value: (point: ThresholdPoint) => number,
): Figure {
  const lines = sets.map((set, i) => [path(steps(set, y.scale, value), setStyle(set.role, i))]);
  return {
    title,
    about,
    legend: sets.map(({ name, role }, i) => ({ name, style: setStyle(role, i) })),
    drawing: drawing(about, { scale: X, title: 'score from which it counts', text: String }, y, [
      ...thresholdsOf(sets[0]!),
      ...inOrder(lines),
    ]),
  };
}

/** Between two thresholds what counts is what the higher one names: the line falls at each of them. */
function steps(
  { thresholdCurve }: SetFigures,
  scale: Scale,
  value: (point: ThresholdPoint) => number,
): [number, number][] {
  const points: [number, number][] = [];
  let from = 100;
  for (const point of thresholdCurve) {
    const x = X.at(Math.min(100, point.threshold));
    const before = points.at(-1)?.[1] ?? scale.at(0);
    if (points.length === 0) points.push([X.at(from), before]);
    points.push([x, before], [x, scale.at(value(point))]);
    from = point.threshold;
  }
  if (from > 0 && points.length > 0) points.push([X.at(0), points.at(-1)![1]]);
  return points;
}

const thresholdsOf = ({ thresholds: { review, decline } }: SetFigures): Markup[] => [
  upright(X.at(review), 'review'),
  ...(decline === review ? [] : [upright(X.at(decline), 'decline')]),
];
