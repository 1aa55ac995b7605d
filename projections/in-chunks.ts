/** Rows or ids of one statement: its bound parameters stay far below the 32,766 of SQLite. */
const CHUNK = 100;

export function inChunks<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += CHUNK) chunks.push(items.slice(i, i + CHUNK));
  return chunks;
}
