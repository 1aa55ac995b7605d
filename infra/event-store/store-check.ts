import type { DatabaseSync } from 'node:sqlite';
import { factReads } from './fact-reader.ts';
import { openForReading } from './facts-database.ts';

/** Facts read between two calls of `onProgress`. */
const PAGE = 2_000;

/**
 * Reads everything: the structure of the file, that its indexes say what its facts say, and every fact against
 * its checksum.
 * @param onProgress told how many facts of how many were read
 * @returns what is damaged, or undefined
 * @throws NotAStore, NewerFormat
 */
export function findDamage(
  path: string,
  onProgress?: (read: number, total: number) => void,
): string | undefined {
  const database = openForReading(path);
  try {
    return structuralDamage(database, 'full') ?? factDamage(database, onProgress);
  } finally {
    database.close();
  }
}

/** How much of a database is read: its schema, its structure, or also whether its indexes match its rows. */
export type CheckDepth = 'header' | 'quick' | 'full';

const CHECKS: Record<CheckDepth, string> = {
  header: "SELECT 'ok' FROM (SELECT count(*) FROM sqlite_schema)",
  quick: 'PRAGMA quick_check(1)',
  full: 'PRAGMA integrity_check(1)',
};

/** The first problem SQLite finds in the structure of a database, if any. */
export function structuralDamage(database: DatabaseSync, depth: CheckDepth): string | undefined {
  try {
    const [found] = Object.values(database.prepare(CHECKS[depth]).get() ?? {});
    return found === 'ok' ? undefined : String(found);
  } catch (error) {
    return (error as Error).message;
  }
}

function factDamage(
  database: DatabaseSync,
  onProgress?: (read: number, total: number) => void,
): string | undefined {
  try {
    const reads = factReads(database);
    const head = reads.head();
    for (let at = 0; at < head; at += PAGE) {
      reads.readAll(at, PAGE);
      onProgress?.(Math.min(at + PAGE, head), head);
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
