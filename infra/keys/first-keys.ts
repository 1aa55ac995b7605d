import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SCOPES } from '../../api/services.ts';
import { issueKey } from './key-changes.ts';
import { changeKeys, keyFilePath } from './key-file.ts';

/** As ensureFirstKeysAt, of a data folder. */
export const ensureFirstKeys = (dataDir: string): string | undefined =>
  ensureFirstKeysAt(keyFilePath(dataDir));

/**
 * Makes a key of each scope where there are none yet, and writes their tokens to `first-keys.json` beside the keys
 * file, readable by its owner only: `{"submit": "shk_...", "read": ...}`.
 * @returns the path of that file if it is there (whoever has noted the tokens deletes it), else undefined
 */
export function ensureFirstKeysAt(keysPath: string): string | undefined {
  const tokensPath = join(dirname(keysPath), 'first-keys.json');
  for (let attempt = 1; !existsSync(keysPath); attempt++) {
    try {
      makeFirstKeys(keysPath, tokensPath);
    } catch (error) {
      // Several processes of a deployment may start at once: one makes them, and is waited for.
      if (attempt === ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ATTEMPT_EVERY_MS);
    }
  }
  return existsSync(tokensPath) ? tokensPath : undefined;
}

const ATTEMPTS = 10;
const ATTEMPT_EVERY_MS = 50;

/** The tokens first: a start that is cut short between the two begins again. */
function makeFirstKeys(keysPath: string, tokensPath: string): void {
  changeKeys(keysPath, (keys) => {
    if (keys.length > 0) return keys;
    const issued = SCOPES.map((scope) => issueKey({ name: `first ${scope} key`, scopes: [scope] }));
    const tokens = Object.fromEntries(issued.map(({ key, token }) => [key.scopes[0], token]));
    rmSync(tokensPath, { force: true });
    writeFileSync(tokensPath, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    return issued.map(({ key }) => key);
  });
}
