import type { History } from './history.ts';

const DAY_MS = 86_400_000;
/** Of the Handbook: the second week of August, three months of history before it. */
export const TEST_FROM = '2018-08-08';
export const TEST_DAYS = 7;

/** Rows of so many days from a midnight on. @throws Error that says which days there are */
export function rowsOfDays(history: History, fromMs: number, days: number): number[] {
  const rows = [...history.occurredAt.keys()].filter((row) => {
    const at = history.occurredAt[row]!;
    return at >= fromMs && at < fromMs + days * DAY_MS;
  });
  if (rows.some((row) => history.isFraud[row])) return rows;
  const [first, last] = [history.occurredAt[0]!, history.occurredAt.at(-1)!].map(dateOf);
  throw new Error(
    `there is no fraud in the ${days} days from ${dateOf(fromMs)}; the history is ${first} to ${last}`,
  );
}

/** Midnight of a date such as 2018-08-08. */
export function midnight(date: string): number {
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(ms)) throw new Error(`"${date}" is no date such as 2018-08-08`);
  return ms;
}

export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
