const DAY_MS = 86_400_000;

/** The UTC day of a time, in days since the epoch. */
export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS);

/** As 2026-03-01. */
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
