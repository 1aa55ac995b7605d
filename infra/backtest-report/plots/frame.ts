import { type Markup, markup } from '../markup.ts';
import type { Scale } from './scale.ts';

/** A drawing's size in its own units; it scales to the room it is given. */
export const WIDTH = 520;
export const HEIGHT = 280;
/** What the drawing leaves for its labels. */
export const LEFT = 64;
export const RIGHT = WIDTH - 14;
export const TOP = 14;
export const BOTTOM = HEIGHT - 44;

export interface Axis {
  scale: Scale;
  title: string;
  text(value: number): string;
}

export interface Figure {
  title: string;
  /** What it shows, in a sentence under the title and for whoever cannot see it. */
  about: string;
  legend: readonly LegendEntry[];
  drawing: Markup;
}

/** @param style the class that colours it */
export interface LegendEntry {
  name: string;
  style: string;
}

/** Axes, grid and what is drawn in them. */
export function drawing(about: string, x: Axis, y: Axis, marks: readonly Markup[]): Markup {
  return markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${about}">
${y.scale.ticks.map((tick) => horizontal(y, tick))}
${x.scale.ticks.map((tick) => xLabel(x, tick))}
<line class="axis" x1="${LEFT}" x2="${RIGHT}" y1="${BOTTOM}" y2="${BOTTOM}"/>
<text class="name" x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x.title}</text>
<text class="name side" x="12" y="${(TOP + BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 12 ${(TOP + BOTTOM) / 2})">${y.title}</text>
${[...marks]}
</svg>`;
}

function horizontal({ scale, text }: Axis, tick: number): Markup {
  const y = place(scale.at(tick));
  return markup`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}"/><text x="${LEFT - 6}" y="${y}" dy="0.35em" text-anchor="end">${text(tick)}</text>`;
}

function xLabel({ scale, text }: Axis, tick: number): Markup {
  return markup`<text x="${place(scale.at(tick))}" y="${BOTTOM + 17}" text-anchor="middle">${text(tick)}</text>`;
}

/** Two decimals are finer than any screen. */
export const place = (value: number): number => Number(value.toFixed(2));

/** A line through places. */
export function path(points: readonly (readonly [number, number])[], style: string): Markup {
  const steps = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${place(x)} ${place(y)}`).join('');
  return markup`<path class="line ${style}" d="${steps}"/>`;
}

/** A dot that says what it is when pointed at. */
export function dot(x: number, y: number, style: string, title: string): Markup {
  return markup`<circle class="dot ${style}" cx="${place(x)}" cy="${place(y)}" r="5"><title>${title}</title></circle>`;
}

export function bar(
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  style: string,
  title: string,
): Markup {
  return markup`<rect class="bar ${style}" x="${place(x)}" y="${place(y)}" width="${place(width)}" height="${place(Math.max(0, height))}"><title>${title}</title></rect>`;
}

/** A threshold, upright, with its name. */
export function upright(x: number, name: string): Markup {
  return markup`<line class="threshold" x1="${place(x)}" x2="${place(x)}" y1="${TOP}" y2="${BOTTOM}"/><text class="name" x="${place(x - 4)}" y="${TOP + 8}" text-anchor="end">${name}</text>`;
}

/** The class that colours a rule set, by its place. */
export const setStyle = (role: 'candidate' | 'against', place: number): string =>
  role === 'against' ? 'against' : `set${place % 4}`;

/** What the first set draws lies on top. */
export const inOrder = (marksOfSets: readonly Markup[][]): Markup[] => marksOfSets.toReversed().flat();
