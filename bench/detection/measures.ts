/** Scores of transactions and what was true of them, row by row. */
export interface Judged {
  score: ArrayLike<number>;
  isFraud: ArrayLike<boolean | number>;
}

/** Rows of one score, from the highest score down: how many, and how many of them frauds. */
function* ties({ score, isFraud }: Judged): Generator<{ count: number; frauds: number }> {
  const order = Array.from(score, (_, row) => row).sort((a, b) => score[b]! - score[a]!);
  let at = 0;
  while (at < order.length) {
    const value = score[order[at]!]!;
    let count = 0;
    let frauds = 0;
    for (; at < order.length && score[order[at]!] === value; at++) {
      count += 1;
      frauds += Number(isFraud[order[at]!]);
    }
    yield { count, frauds };
  }
}

/** Step-wise: the sum over thresholds of (recall gained) x (precision there), as scikit-learn's average_precision_score. */
export function averagePrecision(judged: Judged): number {
  let seen = 0;
  let caught = 0;
  let sum = 0;
  for (const { count, frauds } of ties(judged)) {
    seen += count;
    caught += frauds;
    sum += frauds * (caught / seen);
  }
  return sum / caught;
}

/** The chance that a fraud scores higher than an honest transaction, where equal scores count half. */
export function rocAuc(judged: Judged): number {
  let honestAbove = 0;
  let caught = 0;
  let lost = 0;
  for (const { count, frauds } of ties(judged)) {
    const honest = count - frauds;
    lost += frauds * (honestAbove + honest / 2);
    honestAbove += honest;
    caught += frauds;
  }
  return 1 - lost / (caught * honestAbove);
}

/**
 * Card precision@k: of the k accounts with the highest scores of a day, the share that had a fraud on it, averaged
 * over the days. An account that was found is with the investigators, and is left out on the days after.
 */
export function cardPrecision(
  judged: Judged & { account: ArrayLike<string>; day: ArrayLike<number> },
  k: number,
): number {
  const found = new Set<string>();
  const rows = Array.from(judged.day, (_, row) => row);
  const days = [...Map.groupBy(rows, (row) => judged.day[row]!)].sort(([a], [b]) => a - b);
  const precisions = days.map(([, today]) => {
    const accounts = new Map<string, { score: number; isFraud: boolean }>();
    for (const row of today) {
      const account = judged.account[row]!;
      if (found.has(account)) continue;
      const before = accounts.get(account);
      accounts.set(account, {
        score: Math.max(before?.score ?? Number.NEGATIVE_INFINITY, judged.score[row]!),
        isFraud: before?.isFraud === true || Boolean(judged.isFraud[row]),
      });
    }
    const top = [...accounts].sort(([, a], [, b]) => b.score - a.score).slice(0, k);
    const caught = top.filter(([, { isFraud }]) => isFraud);
    for (const [account] of caught) found.add(account);
    return caught.length / k;
  });
  return precisions.reduce((sum, precision) => sum + precision, 0) / precisions.length;
}
