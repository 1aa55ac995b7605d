import type { CapturedEntity } from '../domain/scoring/entity-memory.ts';

const LENGTH_BYTES = 4;

/** Entities one after the other: the length of a head, the head (JSON), the length of the bytes, the bytes. */
export function encodePage(entities: readonly CapturedEntity[]): Uint8Array {
  const parts = entities.flatMap(({ field, value, bytes }) => {
    const head = Buffer.from(JSON.stringify([field, value]));
    return [lengthOf(head), head, lengthOf(bytes), bytes];
  });
  return Buffer.concat(parts);
}

/** @returns undefined where the page is damaged */
export function decodePage(page: Uint8Array): CapturedEntity[] | undefined {
  const buffer = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
  const entities: CapturedEntity[] = [];
  let at = 0;
  const part = (): Buffer => {
    const from = at + LENGTH_BYTES;
    at = from + buffer.readUInt32LE(at);
    if (at > buffer.length) throw new RangeError('cut off');
    return buffer.subarray(from, at);
  };
  try {
    while (at < buffer.length) {
      const [field, value] = JSON.parse(part().toString()) as [string, string];
      entities.push({ field, value, bytes: part() });
    }
    return entities;
  } catch (error) {
    // It was cut off, or is something else: that costs time only.
    if (error instanceof RangeError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(bytes.length);
  return length;
}
