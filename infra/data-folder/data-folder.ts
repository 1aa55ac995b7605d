import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NewerFormat, NotAStore, openForWriting } from '../event-store/facts-database.ts';
import { findDamage, structuralDamage } from '../event-store/store-check.ts';
import { DataFolderRefused, replayCommand, restoreCommand } from './data-folder-refused.ts';
import { lockFolder } from './folder-lock.ts';

/** Larger files are not read through at start: `shrike verify` and `shrike backup` do that beside the server. */
const CHECKED_AT_START_BYTES = 64 * 1024 * 1024;

/** Where everything of a server is. */
export interface DataPaths {
  dir: string;
  /** The event store: the only durable truth. */
  facts: string;
  /** Decisions, snapshots and checkpoints of the risk processor: derived. */
  risk: string;
  /** Read models: derived. */
  views: string;
  /** API keys, hashed. */
  keys: string;
  /** A store that is being put in place: while it is there, the restore has not ended. */
  restoring: string;
}

export function dataPaths(dir: string): DataPaths {
  return {
    dir,
    facts: join(dir, 'facts.db'),
    risk: join(dir, 'risk.db'),
    views: join(dir, 'views.db'),
    keys: join(dir, 'keys.json'),
    restoring: join(dir, 'facts.db.restoring'),
  };
}

/** A data folder that is this process's alone until it is closed. */
export interface DataFolder extends DataPaths {
  close(): void;
}

export interface DataFolderOptions {
  /** Whether damaged read models are accepted, because they are about to be built anew. */
  rebuilding?: boolean;
}

/**
 * Opens the folder, creating it and its event store if there is none, and checks what is in it.
 * @throws DataFolderRefused if it is in use, of a newer format, or damaged
 */
export function openDataFolder(dir: string, options: DataFolderOptions = {}): DataFolder {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(dir);
  const paths = dataPaths(dir);
  try {
    if (existsSync(paths.restoring)) {
      throw new DataFolderRefused(`a restore of ${dir} was interrupted`, restoreCommand(dir));
    }
    checkFacts(paths);
    if (!options.rebuilding) for (const file of [paths.risk, paths.views]) checkDerived(paths, file);
  } catch (error) {
    lock.release();
    throw error;
  }
  return { ...paths, close: () => lock.release() };
}

function checkFacts({ dir, facts }: DataPaths): void {
  try {
    openForWriting(facts).close();
    const damage = sizeOf(facts) <= CHECKED_AT_START_BYTES ? findDamage(facts) : undefined;
    if (damage !== undefined)
      throw new DataFolderRefused(`${facts} is damaged: ${damage}`, restoreCommand(dir));
  } catch (error) {
    if (error instanceof NewerFormat) {
      throw new DataFolderRefused(
        `${error.message}: upgrade Shrike, or go back to a backup`,
        restoreCommand(dir),
      );
    }
    throw error instanceof NotAStore ? new DataFolderRefused(error.message, restoreCommand(dir)) : error;
  }
}

/** Derived files are rebuilt rather than restored; their indexes are not compared with their rows. */
function checkDerived({ dir }: DataPaths, file: string): void {
  if (sizeOf(file) === 0) return;
  const database = new DatabaseSync(file);
  try {
    const damage = structuralDamage(database, sizeOf(file) <= CHECKED_AT_START_BYTES ? 'quick' : 'header');
    if (damage !== undefined)
      throw new DataFolderRefused(`${file} is damaged: ${damage}`, replayCommand(dir));
  } finally {
    database.close();
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
