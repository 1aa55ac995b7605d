/** One figure of a benchmark: a JSON line. `ratio` compares with `against`, taken in the same run. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  ratio?: number;
  against?: string;
}

export function report(figure: Figure): void {
  const round = (number: number) => Number(number.toPrecision(4));
  process.stdout.write(
    `${JSON.stringify({ ...figure, value: round(figure.value), ...(figure.ratio === undefined ? {} : { ratio: round(figure.ratio) }) })}\n`,
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
