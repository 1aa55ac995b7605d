import { crc32 } from 'node:zlib';
import type { FieldValue } from '../transaction.ts';
import { MOVED_TO_AT } from '../windows/account-windows.ts';
import type { DictionaryDump } from '../windows/dictionary.ts';
import type { FeaturePlan } from '../windows/feature-plan.ts';
import { AccountState } from './account-state.ts';

interface Header {
  plan: string;
  revision: number;
  dictionaries: DictionaryDump[];
  archives: [FieldValue, number][][];
}

/** The length of the JSON header, and the check sum of all that follows it. */
const PREFIX_BYTES = 8;

/**
 * An account's events and what has outlived them, as bytes: a prefix, a JSON header padded to whole words, the
 * slots, the rows. The windows are emptied first, so their running state need not be written: it comes back
 * when the windows are next moved.
 */
export function encodeAccount(plan: FeaturePlan, planHash: string, state: AccountState): Uint8Array {
  rewind(plan, state);
  const header: Header = {
    plan: planHash,
    revision: state.revision,
    dictionaries: state.dictionaries.map((dictionary) => dictionary.dump()),
    archives: state.archives.map((archive) => archive.entries()),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const live = state.live();
  const liveAt = PREFIX_BYTES + wholeWords(text.length);
  const bytes = new Uint8Array(liveAt + live.byteLength);
  bytes.set(text, PREFIX_BYTES);
  bytes.set(new Uint8Array(live.buffer), liveAt);
  const prefix = new DataView(bytes.buffer);
  prefix.setUint32(0, text.length);
  prefix.setUint32(4, crc32(bytes.subarray(PREFIX_BYTES)));
  return bytes;
}

/** @returns undefined where the bytes are damaged or were written for another plan: that costs time only */
export function decodeAccount(
  plan: FeaturePlan,
  planHash: string,
  bytes: Uint8Array,
): AccountState | undefined {
  if (bytes.length < PREFIX_BYTES) return undefined;
  const prefix = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
  const length = prefix.getUint32(0);
  const liveAt = PREFIX_BYTES + wholeWords(length);
  const isWhole = liveAt <= bytes.length && prefix.getUint32(4) === crc32(bytes.subarray(PREFIX_BYTES));
  // The length itself is not in the sum: a wrong one leaves no header to read.
  const header = isWhole ? headerOf(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length)) : undefined;
  if (header === undefined || header.plan !== planHash) return undefined;
  const state = new AccountState(plan.storage, false);
  state.restore(wordsOf(bytes.subarray(liveAt)), header.dictionaries);
  state.revision = header.revision;
  header.archives.forEach((entries, i) => {
    for (const [value, timeMs] of entries) state.archives[i]!.add(value, timeMs);
  });
  for (const edge of plan.edges) edge.restart(state);
  return state;
}

function rewind(plan: FeaturePlan, state: AccountState): void {
  for (const edge of plan.edges) edge.rewind(state);
  state.words[MOVED_TO_AT] = -Infinity;
}

/** In memory of their own: words must begin at a whole one, and what was read may be part of something larger. */
function wordsOf(bytes: Uint8Array): Float64Array {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Float64Array(copy.buffer);
}

function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function headerOf(text: Uint8Array): Header | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(text)) as Header;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
