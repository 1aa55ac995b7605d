import { closeSync, fsyncSync, openSync } from 'node:fs';

/**
 * Makes files, and the names in folders, survive power loss. Not for a database this process has open: closing
 * any handle of a file drops the locks SQLite holds on it.
 */
export function syncToDisk(...paths: string[]): void {
  for (const path of paths) {
    const handle = openSync(path, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }
}
