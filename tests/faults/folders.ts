import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'shrike-faults-'));

export function remove(folder: string | undefined): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** Hands `work` a copy, to look into or to spoil: the folder itself stays as it is. */
export function withCopy<T>(folder: string, work: (copy: string) => T): T {
  const copy = newFolder();
  try {
    cpSync(folder, copy, { recursive: true });
    const result = work(copy);
    if (result instanceof Promise) return result.finally(() => remove(copy)) as T;
    remove(copy);
    return result;
  } catch (error) {
    remove(copy);
    throw error;
  }
}
