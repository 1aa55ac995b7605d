import type { BacktestReport, SetFigures } from '../../../domain/backtest/backtest-report.ts';
import { percentText } from '../figures-text.ts';
import type { Markup } from '../markup.ts';
import { BOTTOM, dot, drawing, type Figure, inOrder, LEFT, path, RIGHT, setStyle, TOP } from './frame.ts';
import { linearScale } from './scale.ts';

/** Precision over recall: each step is a threshold, from the highest down, with no interpolation between. */
export function precisionRecallPlot({ sets }: BacktestReport): Figure {
  const x = linearScale(0, 1, LEFT, RIGHT);
  const y = linearScale(0, 1, BOTTOM, TOP);
  const about =
    'How much of what is named is fraud, as more and more of the fraud is to be found. Dots: the thresholds of review and of decline.';
  const marks = sets.map((set, i): Markup[] => {
    const style = setStyle(set.role, i);
    const at = (recall: number, precision: number) => [x.at(recall), y.at(precision)] as const;
    return [
      path(
        steps(set).map(([recall, precision]) => at(recall, precision)),
        style,
      ),
      ...thresholdDots(set, style, at),
    ];
  });
  const share = (value: number) => `${Math.round(value * 100)} %`;
  return {
    title: 'Precision and recall',
    about,
    legend: sets.map(({ name, role }, i) => ({ name, style: setStyle(role, i) })),
    drawing: drawing(
      about,
      { scale: x, title: 'recall', text: share },
      { scale: y, title: 'precision', text: share },
      inOrder(marks),
    ),
  };
}

function steps({ thresholdCurve }: SetFigures): [recall: number, precision: number][] {
  const points: [number, number][] = [];
  let before = 0;
  for (const { recall, precision } of thresholdCurve) {
    if (recall === null || precision === null) continue;
    points.push([before, precision], [recall, precision]);
    before = recall;
  }
  return points;
}

function thresholdDots(
  { name, thresholds, thresholdCurve }: SetFigures,
  style: string,
  at: (recall: number, precision: number) => readonly [number, number],
): Markup[] {
  return (['review', 'decline'] as const).flatMap((which) => {
    const point = thresholdCurve.find(({ threshold }) => threshold === thresholds[which]);
    if (point?.recall == null || point.precision === null) return [];
    const [x, y] = at(point.recall, point.precision);
    const says = `${name}, ${which} at ${point.threshold}: precision ${percentText(point.precision)}, recall ${percentText(point.recall)}`;
    return [dot(x, y, style, says)];
  });
}
