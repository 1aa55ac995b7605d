/** Values on one list, expired ones included. */
export const MOST_ENTRIES = 100_000;
/** Values added or removed by one request: it becomes one fact. */
export const MOST_CHANGES = 1_000;
export const MOST_LISTS = 200;
/** UTF-16 units. */
export const LONGEST_NOTE = 200;
