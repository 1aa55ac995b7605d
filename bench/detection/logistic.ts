/** A logistic regression: the log of the odds is `bias` plus the sum of weight x input. */
export interface Logistic {
  bias: number;
  weights: number[];
}

const ROUNDS = 100;
const CLOSE_ENOUGH = 1e-9;

/**
 * Fits by Newton's method on standardised inputs, with half the squared weights as penalty (as scikit-learn does with
 * C = 1), and gives weights for the inputs as they are.
 *
 * @param rows inputs of each case
 */
export function fitLogistic(rows: readonly (readonly number[])[], isFraud: readonly boolean[]): Logistic {
  const width = rows[0]!.length;
  const columns = Array.from({ length: width }, (_, i) => scaleOf(rows.map((row) => row[i]!)));
  const inputs = rows.map((row) => [1, ...row.map((x, i) => (x - columns[i]!.mean) / columns[i]!.deviation)]);
  let weights = Array.from({ length: width + 1 }, () => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const step = newtonStep(inputs, isFraud, weights);
    weights = weights.map((weight, i) => weight - step[i]!);
    if (Math.max(...step.map(Math.abs)) < CLOSE_ENOUGH) return asTheyAre(weights, columns);
  }
  throw new Error(`the fit has not settled after ${ROUNDS} rounds`);
}

export function logOdds({ bias, weights }: Logistic, row: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * row[i]!, bias);
}

interface Scale {
  mean: number;
  deviation: number;
}

function scaleOf(values: readonly number[]): Scale {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  // What never varies tells nothing: any scale does.
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function asTheyAre([bias, ...weights]: readonly number[], columns: readonly Scale[]): Logistic {
  const own = weights.map((weight, i) => weight / columns[i]!.deviation);
  return { bias: own.reduce((sum, weight, i) => sum - weight * columns[i]!.mean, bias!), weights: own };
}

function newtonStep(
  inputs: readonly (readonly number[])[],
  isFraud: readonly boolean[],
  weights: readonly number[],
): number[] {
  const width = weights.length;
  const gradient = weights.map((weight, i) => (i === 0 ? 0 : weight));
  const curvature = weights.map((_, i) => weights.map((__, j) => (i === j && i > 0 ? 1 : 0)));
  inputs.forEach((input, row) => {
    const p = 1 / (1 + Math.exp(-input.reduce((sum, x, i) => sum + x * weights[i]!, 0)));
    for (let i = 0; i < width; i++) {
      gradient[i]! += (p - Number(isFraud[row])) * input[i]!;
      for (let j = 0; j <= i; j++) curvature[i]![j]! += p * (1 - p) * input[i]! * input[j]!;
    }
  });
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) curvature[j]![i] = curvature[i]![j]!;
  return solve(curvature, gradient);
}

/** Gauss, with pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows.reduce(
      (best, row, k) => (k >= i && Math.abs(row[i]!) > Math.abs(rows[best]![i]!) ? k : best),
      i,
    );
    [rows[i], rows[pivot]] = [rows[pivot]!, rows[i]!];
    for (let k = 0; k < rows.length; k++) {
      if (k === i) continue;
      const factor = rows[k]![i]! / rows[i]![i]!;
      for (let j = i; j < rows[k]!.length; j++) rows[k]![j]! -= factor * rows[i]![j]!;
    }
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}
