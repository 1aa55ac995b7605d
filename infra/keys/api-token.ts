import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN = /^shk_([a-z0-9-]{1,32})_([A-Za-z0-9_-]{43})$/;

/** A token is `shk_<key id>_<secret>`; the secret is 256 random bits, base64url. */
export interface ApiToken {
  keyId: string;
  secret: string;
}

export const newSecret = (): string => randomBytes(32).toString('base64url');

export const formatToken = ({ keyId, secret }: ApiToken): string => `shk_${keyId}_${secret}`;

export function parseToken(text: string): ApiToken | undefined {
  const found = TOKEN.exec(text);
  return found === null ? undefined : { keyId: found[1]!, secret: found[2]! };
}

/**
 * SHA-256, hex. It needs no salt and no slowness: nobody can guess 256 random bits.
 */
export const hashSecret = (secret: string): string => hash('sha256', secret);

/** Takes the same time wherever they differ. */
export function isSecret(secret: string, secretHash: string): boolean {
  const expected = Buffer.from(secretHash, 'hex');
  const actual = Buffer.from(hashSecret(secret), 'hex');
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
