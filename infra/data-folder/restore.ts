import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { type BackupProgress, type BackupResult, verified } from './backup.ts';
import { dataPaths } from './data-folder.ts';
import { lockFolder } from './folder-lock.ts';
import { syncToDisk } from './sync-to-disk.ts';

export interface RestoreResult extends BackupResult {
  /** Where the store that was replaced is kept, if there was one. */
  keptAside: string | null;
}

/**
 * Puts the event store of a backup in place of the folder's. What was there is kept aside; API keys are taken
 * from the backup only where the folder has none; read models are left to be rebuilt by `shrike replay`.
 * @param at the time to name what is kept aside by
 * @throws DataFolderRefused if the folder is in use, or what is wrong with the backup
 */
export function restore(
  backupDir: string,
  dataDir: string,
  at: Date,
  onProgress: (progress: BackupProgress) => void = () => {},
): RestoreResult {
  const source = dataPaths(backupDir);
  if (!existsSync(source.facts)) throw new Error(`${source.facts} does not exist: ${backupDir} is no backup`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(dataDir);
  try {
    const result = verified(source.facts, source.facts, onProgress);
    const target = dataPaths(dataDir);
    copyFileSync(source.facts, target.restoring);
    syncToDisk(target.restoring, dataDir);
    // From here to the last rename a server refuses the folder, so a half-done restore is never served.
    const keptAside = keepAside(target.facts, at);
    if (!existsSync(target.keys) && existsSync(source.keys)) copyFileSync(source.keys, target.keys);
    renameSync(target.restoring, target.facts);
    syncToDisk(dataDir);
    return { ...result, keptAside };
  } finally {
    lock.release();
  }
}

/** Its log goes with it: left behind, SQLite would replay it into the store that is put in place. */
function keepAside(facts: string, at: Date): string | null {
  const aside = `${facts}.replaced-${at.toISOString().replaceAll(/[:.]/g, '-')}`;
  let kept = false;
  for (const suffix of ['-wal', '-shm', '']) {
    if (!existsSync(facts + suffix)) continue;
    renameSync(facts + suffix, aside + suffix);
    kept = true;
  }
  return kept ? aside : null;
}
