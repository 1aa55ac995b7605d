import type { FastifyRequest } from 'fastify';

/** The longest a client may wait for a decision or a view. */
export const MAX_WAIT_MS = 30_000;

/** What of RFC 7240 is honored here. Preferences that are not understood are left aside, as it says. */
export interface Preferences {
  /** `wait=0.5`, in milliseconds, at most MAX_WAIT_MS. */
  waitMs?: number | undefined;
  /** `return=minimal`: only what the client does not know already. */
  minimal?: true | undefined;
}

const NONE: Preferences = {};

export function preferences(request: FastifyRequest): Preferences {
  const header = request.headers.prefer;
  return header === undefined ? NONE : parsePrefer(String(header));
}

/** The first of repeated preferences counts. */
export function parsePrefer(header: string): Preferences {
  const found: Preferences = {};
  for (const preference of header.split(',')) {
    const [name = '', value = ''] = (preference.split(';')[0] ?? '').split('=').map((part) => part.trim());
    if (name.toLowerCase() === 'wait') found.waitMs ??= waitMs(value);
    if (name.toLowerCase() === 'return' && value === 'minimal') found.minimal = true;
  }
  return found;
}

function waitMs(value: string): number | undefined {
  const seconds = value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(seconds)) return undefined;
  return Math.min(Math.round(Number(seconds) * 1000), MAX_WAIT_MS);
}

/** What Preference-Applied says of a wait. */
export const appliedWait = (ms: number): string => `wait=${ms / 1000}`;
