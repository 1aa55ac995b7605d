import { statSync } from 'node:fs';
import type { ApiKey } from '../../api/services.ts';
import { isSecret, parseToken } from './api-token.ts';
import { type KeyRecord, readKeys } from './key-file.ts';

/** How late a changed file may be noticed. */
const CHECK_EVERY_MS = 500;

/** Compared with where there is no such key, so that it takes as long as where there is one. */
const NO_KEY_HASH = '0'.repeat(64);

/** Finds keys by token in a file that may change at any time. */
export interface KeyRing {
  /** The key of a token, unless it is unknown, malformed or revoked. */
  authenticate(token: string): ApiKey | undefined;
}

/**
 * Reads the file, and again when it changes. While a changed file cannot be read, the keys last read stay in
 * force and the fault is reported at each check; a file that is gone holds no keys.
 * @throws BadKeyFile where it cannot be read at first
 */
export function openKeyRing(path: string, report: (error: unknown) => void): KeyRing {
  let stamp = stampOf(path);
  let keys = byId(readKeys(path));
  let checkedAtMs = performance.now();

  const refresh = (): void => {
    const found = stampOf(path);
    if (found === stamp) return;
    keys = byId(readKeys(path));
    stamp = found;
  };

  return {
    authenticate(token) {
      const nowMs = performance.now();
      if (nowMs - checkedAtMs >= CHECK_EVERY_MS) {
        checkedAtMs = nowMs;
        try {
          refresh();
        } catch (error) {
          report(error);
        }
      }
      return find(keys, token);
    },
  };
}

function find(keys: ReadonlyMap<string, KeyRecord>, token: string): ApiKey | undefined {
  const parsed = parseToken(token);
  if (parsed === undefined) return undefined;
  const key = keys.get(parsed.keyId);
  const matches = isSecret(parsed.secret, key?.secretHash ?? NO_KEY_HASH);
  return matches && key !== undefined && key.revokedAt === null ? key : undefined;
}

const byId = (keys: readonly KeyRecord[]): Map<string, KeyRecord> =>
  new Map(keys.map((key) => [key.id, key]));

/** Tells one state of the file from another: a replaced one has another inode. */
function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? 'none' : `${stats.ino}:${stats.mtimeNs}:${stats.size}`;
}
