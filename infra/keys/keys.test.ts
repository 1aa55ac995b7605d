import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureFirstKeys } from './first-keys.ts';
import { createKey, listKeys, revokeKey, rotateKey } from './key-changes.ts';
import { BadKeyFile, keyFilePath, readKeys } from './key-file.ts';
import { openKeyRing } from './key-ring.ts';

let dir: string;
let path: string;
const reported: unknown[] = [];
const ring = () => openKeyRing(path, (error) => reported.push(error));
/** Longer than a changed file may go unnoticed. */
const noticed = () => sleep(550);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shrike-keys-'));
  path = keyFilePath(dir);
  reported.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('keys', () => {
  test('a created key is found by its token alone, and has what it was created with', () => {
    const { key, token } = createKey(path, {
      name: 'checkout',
      scopes: ['submit', 'read'],
      fallback: 'approve',
    });
    const keys = ring();
    expect(keys.authenticate(token)).toMatchObject({
      id: key.id,
      name: 'checkout',
      scopes: ['submit', 'read'],
      fallback: 'approve',
    });
    const [prefix, id, secret = ''] = [token.slice(0, 3), key.id, token.slice(5 + key.id.length)];
    expect(token).toBe(`${prefix}_${id}_${secret}`);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const flipped = secret[0] === 'A' ? `B${secret.slice(1)}` : `A${secret.slice(1)}`;
    for (const wrong of [
      '',
      'shk_',
      `shk_${id}_`,
      `shk_${id}_${flipped}`,
      `shk_other_${secret}`,
      `${token}x`,
      ` ${token}`,
      token.toUpperCase(),
    ]) {
      expect(keys.authenticate(wrong)).toBeUndefined();
    }
  });

  test('the file holds no secret, and only its owner may read it', () => {
    const { token } = createKey(path, { name: 'a', scopes: ['read'] });
    expect(readFileSync(path, 'utf8')).not.toContain(token.slice(-43));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(listKeys(path)).toMatchObject([{ name: 'a', fallback: 'review', revokedAt: null }]);
  });

  test('a running server notices rotated and revoked keys', async () => {
    const { key, token } = createKey(path, { name: 'a', scopes: ['read'] });
    const keys = ring();
    const rotated = rotateKey(path, key.id);
    await noticed();
    expect(keys.authenticate(token)).toBeUndefined();
    expect(keys.authenticate(rotated.token)?.id).toBe(key.id);
    revokeKey(path, key.id);
    await noticed();
    expect(keys.authenticate(rotated.token)).toBeUndefined();
    expect(() => rotateKey(path, key.id)).toThrow(/was revoked/);
    expect(revokeKey(path, key.id).revokedAt).toBe(listKeys(path)[0]?.revokedAt);
  });

  test('a damaged file is refused at the start, and reported while the server runs on the keys it knows', async () => {
    const { token } = createKey(path, { name: 'a', scopes: ['read'] });
    const keys = ring();
    writeFileSync(path, '{"keys": [{"id": "x"}]}');
    await noticed();
    expect(keys.authenticate(token)?.name).toBe('a');
    expect(reported).toHaveLength(1);
    expect(String(reported[0])).toMatch(/keys\.json has a fault at keys\.0\..*mend it/);
    expect(ring).toThrow(BadKeyFile);
    rmSync(path);
    await noticed();
    expect(keys.authenticate(token)).toBeUndefined();
  });
});

describe('what is no key', () => {
  test.each([
    ['without a name', { name: '' }],
    ['with too long a name', { name: 'x'.repeat(129) }],
    ['without scopes', { scopes: [] }],
  ])('a key %s is not made: the file can still be read', (_, fault) => {
    expect(() => createKey(path, { name: 'a', scopes: ['read'], ...fault })).toThrow('a key needs');
    expect(listKeys(path)).toEqual([]);
  });
});

describe('the keys file', () => {
  test('two changes at once cannot lose one: the second is refused and says what to do', () => {
    createKey(path, { name: 'a', scopes: ['read'] });
    writeFileSync(`${path}.new`, '');
    expect(() => createKey(path, { name: 'b', scopes: ['read'] })).toThrow(/being changed by someone else/);
    rmSync(`${path}.new`);
    createKey(path, { name: 'b', scopes: ['read'] });
    expect(readKeys(path).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('a change that fails leaves the file as it was', () => {
    createKey(path, { name: 'a', scopes: ['read'] });
    const before = readFileSync(path, 'utf8');
    expect(() => revokeKey(path, 'nobody')).toThrow(/there is no key nobody/);
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(() => createKey(path, { name: 'b', scopes: [] })).toThrow(/at least one scope/);
  });
});

describe('first keys', () => {
  test('are one of each scope, made once', () => {
    const tokensPath = ensureFirstKeys(dir)!;
    const tokens = JSON.parse(readFileSync(tokensPath, 'utf8'));
    expect(statSync(tokensPath).mode & 0o777).toBe(0o600);
    const keys = ring();
    for (const scope of ['submit', 'read', 'work', 'operate']) {
      expect(keys.authenticate(tokens[scope])?.scopes).toEqual([scope]);
    }
    expect(ensureFirstKeys(dir)).toBe(tokensPath);
    expect(JSON.parse(readFileSync(tokensPath, 'utf8'))).toEqual(tokens);
    rmSync(tokensPath);
    expect(ensureFirstKeys(dir)).toBeUndefined();
    expect(listKeys(path)).toHaveLength(4);
  });

  test('a first start that was cut short before the keys were written begins again, in a file of its own mode', () => {
    const tokensPath = join(dir, 'first-keys.json');
    writeFileSync(tokensPath, '{}');
    chmodSync(tokensPath, 0o644);
    ensureFirstKeys(dir);
    expect(statSync(tokensPath).mode & 0o777).toBe(0o600);
    expect(ring().authenticate(JSON.parse(readFileSync(tokensPath, 'utf8')).work)?.scopes).toEqual(['work']);
  });
});
