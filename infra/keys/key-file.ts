import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SCOPES } from '../../api/services.ts';

export const LONGEST_NAME = 128;

/** A key as the file holds it: never its secret. */
const keySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/),
  name: z.string().min(1).max(LONGEST_NAME),
  scopes: z.array(z.enum(SCOPES)).min(1),
  /** What a submission is told when its wait ran out. */
  fallback: z.enum(['approve', 'review', 'decline']),
  /** SHA-256 of the secret, hex. */
  secretHash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().nullable(),
});

const fileSchema = z.strictObject({ keys: z.array(keySchema) });

export type KeyRecord = z.output<typeof keySchema>;

export const keyFilePath = (dataDir: string): string => join(dataDir, 'keys.json');

/** The keys file is not as it must be. */
export class BadKeyFile extends Error {
  constructor(path: string, problem: string) {
    super(`${path} ${problem}; mend it, or move it away and make new keys with "shrike keys create"`);
    this.name = 'BadKeyFile';
  }
}

/** The keys in the file; none where there is no file. @throws BadKeyFile */
export function readKeys(path: string): KeyRecord[] {
  const text = readIfThere(path);
  if (text === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadKeyFile(path, 'is not JSON');
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data.keys;
  const issue = parsed.error.issues[0]!;
  throw new BadKeyFile(path, `has a fault at ${issue.path.join('.') || 'its root'}: ${issue.message}`);
}

/**
 * Replaces the file at once, so that a reader sees all of the old or all of the new; only its owner may read it.
 * The new file is also the lock: two changes at the same time cannot lose one of them.
 * @throws BadKeyFile, and where another change is under way
 */
export function changeKeys(path: string, change: (keys: KeyRecord[]) => KeyRecord[]): void {
  const next = `${path}.new`;
  const file = openExclusively(next);
  try {
    writeSync(file, `${JSON.stringify({ keys: change(readKeys(path)) }, null, 2)}\n`);
    fsyncSync(file);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function openExclusively(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    throw new Error(
      `${path} exists: the keys are being changed by someone else; if that was cut short, delete it`,
    );
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;
