import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DataFolderRefused } from './data-folder-refused.ts';

/** The folder is this process's alone until it is released. */
export interface FolderLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/** Referred to for as long as they are held: a connection that is garbage collected is closed, and the lock with it. */
const held = new Set<DatabaseSync>();

/**
 * Takes the folder for this process: an exclusive transaction on `lock.db`, held for life. The operating system
 * ends it with the process, however that dies, so a lock is never left behind.
 * @throws DataFolderRefused if another process has it
 */
export function lockFolder(dir: string): FolderLock {
  const database = new DatabaseSync(join(dir, 'lock.db'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) throw inUse(dir);
    throw error;
  }
  held.add(database);
  // A file of its own: lock.db cannot be read while it is locked.
  const pidFile = join(dir, 'lock.pid');
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    release() {
      rmSync(pidFile, { force: true });
      database.close();
      held.delete(database);
    },
  };
}

function inUse(dir: string): DataFolderRefused {
  const pid = holder(dir);
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new DataFolderRefused(
    `${dir} is in use by ${who}: stop it, or use another folder (--data DIR)`,
    pid === undefined ? `fuser ${join(dir, 'lock.db')}` : `kill ${pid}`,
  );
}

function holder(dir: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(dir, 'lock.pid'), 'utf8'), 10);
    return Number.isSafeInteger(pid) ? pid : undefined;
  } catch {
    // Locked but not yet signed: whose it is stays unknown.
    return undefined;
  }
}
