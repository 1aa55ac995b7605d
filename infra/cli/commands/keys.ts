import { existsSync } from 'node:fs';
import { SCOPES, type Scope } from '../../../api/services.ts';
import type { Verdict } from '../../../domain/decision.ts';
import { createKey, listKeys, revokeKey, rotateKey } from '../../keys/key-changes.ts';
import { keyFilePath, LONGEST_NAME } from '../../keys/key-file.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

const VERDICTS: readonly string[] = ['approve', 'review', 'decline'];

export interface KeysPlace {
  data: string;
  /** The file itself, where there is no data folder. */
  keys?: string | undefined;
}

export function keysList({ json, ...place }: KeysPlace & { json: boolean }): number {
  const keys = listKeys(keysOf(place)).map(({ secretHash: _secret, ...key }) => key);
  if (json) {
    process.stdout.write(`${JSON.stringify(keys)}\n`);
    return EXIT.ok;
  }
  for (const { id, name, scopes, fallback, createdAt, revokedAt } of keys) {
    const state = revokedAt === null ? `fallback ${fallback}` : `revoked ${revokedAt}`;
    process.stdout.write(`${id}  ${scopes.join(',').padEnd(26)}  ${createdAt}  ${state}  ${name}\n`);
  }
  return EXIT.ok;
}

export interface CreateKeyOptions extends KeysPlace {
  name: string;
  scopes: string;
  fallback: string;
}

export function keysCreate({ name, scopes, fallback, ...place }: CreateKeyOptions): number {
  const wanted = scopes.split(',').map((scope) => scope.trim());
  const unknown = wanted.find((scope) => !SCOPES.includes(scope as Scope));
  if (unknown !== undefined) {
    throw new CommandFailed(`--scopes: "${unknown}" is none of ${SCOPES.join(', ')}`, EXIT.usage);
  }
  if (!VERDICTS.includes(fallback)) {
    throw new CommandFailed(`--fallback: "${fallback}" is none of ${VERDICTS.join(', ')}`, EXIT.usage);
  }
  if (name.trim() === '' || name.length > LONGEST_NAME) {
    throw new CommandFailed(`--name must have 1 to ${LONGEST_NAME} characters, not "${name}"`, EXIT.usage);
  }
  const issued = createKey(keysOf(place), {
    name,
    scopes: wanted as Scope[],
    fallback: fallback as Verdict,
  });
  return told(issued);
}

export function keysRotate(id: string, place: KeysPlace): number {
  return told(rotateKey(keysOf(place), id));
}

export function keysRevoke(id: string, place: KeysPlace): number {
  revokeKey(keysOf(place), id);
  process.stdout.write(`key ${id} is revoked; a running server refuses it within a second\n`);
  return EXIT.ok;
}

/** A folder without keys may still get some: they may have been moved away. */
function keysOf({ data, keys = process.env.SHRIKE_KEYS }: KeysPlace): string {
  if (keys !== undefined) return keys;
  if (existsSync(data)) return keyFilePath(data);
  throw new CommandFailed(
    `--data ${data}: there is no such folder; "shrike serve" makes it, with first keys`,
    EXIT.usage,
  );
}

/** The token is shown this once: only its hash is kept. */
function told({ key, token }: { key: { id: string }; token: string }): number {
  process.stderr.write(`key ${key.id}: its token is shown this once\n`);
  process.stdout.write(`${token}\n`);
  return EXIT.ok;
}
