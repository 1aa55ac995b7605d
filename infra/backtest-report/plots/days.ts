import type { BacktestReport, SetFigures } from '../../../domain/backtest/backtest-report.ts';
import type { DayFigures } from '../../../domain/backtest/day-series.ts';
import { countText, rateText } from '../figures-text.ts';
import type { Markup } from '../markup.ts';
import {
  type Axis,
  BOTTOM,
  bar,
  drawing,
  type Figure,
  inOrder,
  LEFT,
  path,
  RIGHT,
  setStyle,
  TOP,
} from './frame.ts';
import { linearScale, type Scale, shortText } from './scale.ts';

const DAY_MS = 86_400_000;
/** More bars than this cannot be told apart; then each stands for several days. */
const MOST_BARS = 80;

/** Days next to each other that a bar stands for. */
interface Stretch {
  from: string;
  days: number;
  transactions: number;
  alerts: number;
  caught: number;
  missed: number;
}

/** The work over time, of every rule set. */
export function alertDaysPlot(report: BacktestReport): Figure {
  const stretches = report.sets.map(({ days }) => stretchesOf(days));
  const { scale: x, axis } = timeAxis(stretches[0]!);
  const most = Math.max(1, ...stretches.flat().map(({ alerts, days }) => alerts / days));
  const y = linearScale(0, most, BOTTOM, TOP);
  const about = 'Alerts a day over the period.';
  const lines = report.sets.map((set, i) => {
    const points = stretches[i]!.map((each, at) => [x.at(at + 0.5), y.at(each.alerts / each.days)] as const);
    return [path(points, setStyle(set.role, i))];
  });
  return {
    title: 'Alerts over time',
    about,
    legend: report.sets.map(({ name, role }, i) => ({ name, style: setStyle(role, i) })),
    drawing: drawing(about, axis, { scale: y, title: 'alerts a day', text: shortText }, inOrder(lines)),
  };
}

/** Fraud over time, caught and missed, of one rule set. */
export function fraudDaysPlot({ name, days }: SetFigures): Figure {
  const stretches = stretchesOf(days);
  const { scale: x, axis } = timeAxis(stretches);
  const most = Math.max(1, ...stretches.map(({ caught, missed, days: of }) => (caught + missed) / of));
  const y = linearScale(0, most, BOTTOM, TOP);
  const about = 'Frauds a day: those that raised an alert, and those that did not.';
  return {
    title: `Fraud over time, by ${name}`,
    about,
    legend: [
      { name: 'caught', style: 'caught' },
      { name: 'missed', style: 'fraud' },
    ],
    drawing: drawing(
      about,
      axis,
      { scale: y, title: 'frauds a day', text: shortText },
      bars(stretches, x, y),
    ),
  };
}

function bars(stretches: readonly Stretch[], x: Scale, y: Scale): Markup[] {
  return stretches.flatMap(({ from, days, caught, missed }, i): Markup[] => {
    const left = x.at(i + 0.1);
    const width = Math.max(0.5, x.at(i + 0.9) - left);
    const caughtTop = y.at(caught / days);
    const top = y.at((caught + missed) / days);
    const span = days === 1 ? from : `${days} days from ${from}`;
    const says = `${span}: ${countText(caught)} caught, ${countText(missed)} missed (${rateText((caught + missed) / days)} a day)`;
    return [
      bar({ x: left, y: caughtTop, width, height: BOTTOM - caughtTop }, 'caught', says),
      bar({ x: left, y: top, width, height: caughtTop - top }, 'fraud', says),
    ];
  });
}

/** Every day from the first to the last, those without transactions too, several to a stretch where there are many. */
function stretchesOf(days: readonly DayFigures[]): Stretch[] {
  const first = dayNumber(days[0]!.day);
  const count = dayNumber(days.at(-1)!.day) - first + 1;
  const each = Math.ceil(count / MOST_BARS);
  const stretches = Array.from(
    { length: Math.ceil(count / each) },
    (_, i): Stretch => ({
      from: new Date((first + i * each) * DAY_MS).toISOString().slice(0, 10),
      days: Math.min(each, count - i * each),
      transactions: 0,
      alerts: 0,
      caught: 0,
      missed: 0,
    }),
  );
  for (const { day, transactions, alerts, frauds, fraudsCaught } of days) {
    const stretch = stretches[Math.floor((dayNumber(day) - first) / each)]!;
    stretch.transactions += transactions;
    stretch.alerts += alerts;
    stretch.caught += fraudsCaught;
    stretch.missed += frauds - fraudsCaught;
  }
  return stretches;
}

const dayNumber = (day: string): number => Date.parse(day) / DAY_MS;

function timeAxis(stretches: readonly Stretch[]): { scale: Scale; axis: Axis } {
  // The axis ends where the last day ends, not at the next round number.
  const at = (value: number) => LEFT + (value / stretches.length) * (RIGHT - LEFT);
  const every = Math.max(1, Math.ceil(stretches.length / 5));
  const ticks = stretches.map((_, i) => i + 0.5).filter((_, i) => i % every === 0);
  const scale: Scale = { at, ticks };
  const text = (value: number) => stretches[Math.floor(value)]!.from.slice(stretches.length > 60 ? 2 : 5);
  return { scale, axis: { scale, title: 'day (UTC)', text } };
}
