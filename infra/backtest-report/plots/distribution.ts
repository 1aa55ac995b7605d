import type { SetFigures } from '../../../domain/backtest/backtest-report.ts';
import type { ScoreBin } from '../../../domain/backtest/score-distribution.ts';
import { countText, percentText } from '../figures-text.ts';
import type { Markup } from '../markup.ts';
import { BOTTOM, bar, drawing, type Figure, LEFT, type LegendEntry, RIGHT, TOP, upright } from './frame.ts';
import { linearScale } from './scale.ts';

const CLASSES = [
  { key: 'genuine', name: 'genuine', style: 'genuine' },
  { key: 'frauds', name: 'fraud', style: 'fraud' },
  { key: 'unlabelled', name: 'no label', style: 'unlabelled' },
] as const;

/** How the scores of each kind of transaction lie: fraud is rare, so each kind is shown in shares of itself. */
export function distributionPlot({ name, scores, thresholds }: SetFigures): Figure {
  const kinds = CLASSES.map((kind) => ({ ...kind, all: total(scores, kind.key) })).filter(
    ({ all }) => all > 0,
  );
  const x = linearScale(0, 100, LEFT, RIGHT);
  const y = linearScale(0, 1, BOTTOM, TOP);
  const about = 'Where the scores lie, in shares of all fraud and of all genuine transactions.';
  const width = (RIGHT - LEFT) / scores.length;
  const slot = (width - 3) / Math.max(1, kinds.length);
  const bars = scores.flatMap((bin, i): Markup[] =>
    kinds.map(({ key, name: kind, style, all }, at) => {
      const share = bin[key] / all;
      const box = {
        x: LEFT + i * width + 1.5 + at * slot,
        y: y.at(share),
        width: slot,
        height: BOTTOM - y.at(share),
      };
      return bar(
        box,
        style,
        `${kind}, score ${bin.from} to ${bin.to}: ${countText(bin[key])} (${percentText(share)})`,
      );
    }),
  );
  return {
    title: `Scores by ${name}`,
    about,
    legend: kinds.map(({ name: kind, style }): LegendEntry => ({ name: kind, style })),
    drawing: drawing(
      about,
      { scale: x, title: 'score', text: String },
      { scale: y, title: 'share of its kind', text: (value) => `${Math.round(value * 100)} %` },
      [upright(x.at(thresholds.review), 'review'), ...bars],
    ),
  };
}

const total = (bins: readonly ScoreBin[], key: (typeof CLASSES)[number]['key']): number =>
  bins.reduce((sum, bin) => sum + bin[key], 0);
