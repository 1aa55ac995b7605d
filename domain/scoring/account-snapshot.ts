import type { FieldValue } from '../transaction.ts';
import { AccountWindows } from '../windows/account-windows.ts';
import type { DictionaryDump } from '../windows/dictionary.ts';
import type { FeaturePlan } from '../windows/feature-plan.ts';
import { AccountState } from './account-state.ts';

interface Header {
  plan: string;
  revision: number;
  newestMs: number | null;
  droppedUpToMs: number | null;
  forgottenUpToMs: number | null;
  slots: number;
  dictionaries: DictionaryDump[];
  archives: [FieldValue, number][][];
}

/**
 * An account's events and what has outlived them, as bytes: the length of a JSON header, the header padded to
 * whole words, the slots, the rows. The windows are emptied first, so the running state need not be written:
 * it comes back when the windows are next moved.
 */
export function encodeAccount(plan: FeaturePlan, planHash: string, state: AccountState): Uint8Array {
  const { windows } = state;
  for (const window of plan.windows) window.rewind(windows);
  const header: Header = {
    plan: planHash,
    revision: state.revision,
    newestMs: finite(windows.newestMs),
    droppedUpToMs: finite(windows.droppedUpToMs),
    forgottenUpToMs: finite(windows.forgottenUpToMs),
    slots: windows.slots.length,
    dictionaries: windows.history.dictionaries.map((dictionary) => dictionary.dump()),
    archives: windows.archives.map((archive) => archive.entries()),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const slotsAt = 8 + Math.ceil(text.length / 8) * 8;
  const rows = windows.history.bytes();
  const bytes = new Uint8Array(slotsAt + windows.slots.byteLength + rows.length);
  new DataView(bytes.buffer).setUint32(0, text.length);
  bytes.set(text, 8);
  bytes.set(
    new Uint8Array(windows.slots.buffer, windows.slots.byteOffset, windows.slots.byteLength),
    slotsAt,
  );
  bytes.set(rows, slotsAt + windows.slots.byteLength);
  return bytes;
}

/** @returns undefined where the bytes are damaged or were written for another plan: that costs time only */
export function decodeAccount(
  plan: FeaturePlan,
  planHash: string,
  bytes: Uint8Array,
): AccountState | undefined {
  try {
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Header;
    if (header.plan !== planHash || header.slots !== plan.storage.slots.length) return undefined;
    const slotsAt = 8 + Math.ceil(length / 8) * 8;
    const rowsAt = slotsAt + header.slots * 8;
    const windows = new AccountWindows(plan.storage);
    windows.slots.set(new Float64Array(bytes.slice(slotsAt, rowsAt).buffer));
    windows.history.restore(bytes.subarray(rowsAt), header.dictionaries);
    windows.newestMs = header.newestMs ?? -Infinity;
    windows.droppedUpToMs = header.droppedUpToMs ?? -Infinity;
    windows.forgottenUpToMs = header.forgottenUpToMs ?? -Infinity;
    for (const window of plan.windows) window.restart(windows);
    header.archives.forEach((entries, i) => {
      for (const [value, timeMs] of entries) windows.archives[i]!.add(value, timeMs);
    });
    const state = new AccountState(windows, false);
    state.revision = header.revision;
    return state;
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError)
      return undefined;
    throw error;
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
