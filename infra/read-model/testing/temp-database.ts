import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Path of a file in a folder of its own, and how to remove it. */
export function tempFile(name: string): { path: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'shrike-read-model-'));
  return { path: join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
