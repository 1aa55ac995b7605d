import { randomBytes } from 'node:crypto';
import type { Scope } from '../../api/services.ts';
import type { Verdict } from '../../domain/decision.ts';
import { formatToken, hashSecret, newSecret } from './api-token.ts';
import { changeKeys, type KeyRecord, LONGEST_NAME, readKeys } from './key-file.ts';

export interface NewKey {
  name: string;
  scopes: readonly Scope[];
  /** Default `review`. */
  fallback?: Verdict;
}

/** A key with its token, which is shown once and kept nowhere. */
export interface IssuedKey {
  key: KeyRecord;
  token: string;
}

/** Every key, revoked ones too. @throws BadKeyFile */
export const listKeys = (path: string): KeyRecord[] => readKeys(path);

/** @throws BadKeyFile */
export function createKey(path: string, wanted: NewKey): IssuedKey {
  const issued = issueKey(wanted);
  changeKeys(path, (keys) => [...keys, issued.key]);
  return issued;
}

/** A key that is in no file yet. */
export function issueKey({ name, scopes, fallback = 'review' }: NewKey): IssuedKey {
  if (scopes.length === 0) throw new Error('a key needs at least one scope: submit, read, work or operate');
  if (name === '' || name.length > LONGEST_NAME)
    throw new Error(`a key needs a name of 1 to ${LONGEST_NAME} characters`);
  const secret = newSecret();
  const id = randomBytes(5).toString('hex');
  const key: KeyRecord = {
    id,
    name,
    scopes: [...new Set(scopes)],
    fallback,
    secretHash: hashSecret(secret),
    createdAt: now(),
    revokedAt: null,
  };
  return { key, token: formatToken({ keyId: id, secret }) };
}

/** Gives a key a new secret; its old token is worth nothing from then on. @throws BadKeyFile, and for no such key */
export function rotateKey(path: string, id: string): IssuedKey {
  const secret = newSecret();
  const key = changeKey(path, id, (old) => ({ ...old, secretHash: hashSecret(secret) }));
  return { key, token: formatToken({ keyId: id, secret }) };
}

/** Ends a key for good; ending it again changes nothing. @throws BadKeyFile, and for no such key */
export function revokeKey(path: string, id: string): KeyRecord {
  return changeKey(path, id, (old) => ({ ...old, revokedAt: old.revokedAt ?? now() }), true);
}

function changeKey(
  path: string,
  id: string,
  change: (key: KeyRecord) => KeyRecord,
  mayBeRevoked = false,
): KeyRecord {
  let changed: KeyRecord | undefined;
  changeKeys(path, (keys) =>
    keys.map((key) => {
      if (key.id !== id) return key;
      if (key.revokedAt !== null && !mayBeRevoked)
        throw new Error(`key ${id} was revoked at ${key.revokedAt}`);
      changed = change(key);
      return changed;
    }),
  );
  if (changed === undefined)
    throw new Error(`there is no key ${id}; "shrike keys list" shows those there are`);
  return changed;
}

const now = (): string => new Date().toISOString();
