/** A way from values to places of a drawing. */
export interface Scale {
  at(value: number): number;
  /** Values that deserve a line and a label. */
  ticks: number[];
}

/** @param least,most values; from, to: places */
export function linearScale(least: number, most: number, from: number, to: number, wanted = 5): Scale {
  const ticks = roundTicks(least, most, wanted);
  const end = Math.max(most, ticks.at(-1) ?? most);
  const span = end - least || 1;
  return { at: (value) => from + ((value - least) / span) * (to - from), ticks };
}

/** For values that differ by powers of ten; those below `least` lie at its place. */
export function logScale(least: number, most: number, from: number, to: number): Scale {
  const first = Math.floor(Math.log10(least));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(most, least))));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  return {
    at: (value) => from + ((Math.log10(Math.max(value, 10 ** first)) - first) / (last - first)) * (to - from),
    ticks,
  };
}

/** 0, 20, 40, … or 0, 0.5, 1, …: about as many as wanted, the last one at or past `most`. */
function roundTicks(least: number, most: number, wanted: number): number[] {
  const span = most - least;
  if (!(span > 0)) return [least, least + 1];
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999)!;
  const count = Math.ceil(span / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((least + i * step).toPrecision(12)));
}

/** 1,200 as 1.2k, 3,400,000 as 3.4M: for axes. */
export function shortText(value: number): string {
  for (const [unit, letter] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= unit) return `${Number((value / unit).toPrecision(3))}${letter}`;
  }
  return String(Number(value.toPrecision(3)));
}
