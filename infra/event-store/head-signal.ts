/**
 * Position of the newest durable fact, in memory that all threads share: the store's thread raises it, and
 * whoever waits for facts is woken at once, without a message to each.
 */
export type HeadMemory = SharedArrayBuffer;

export function headMemory(): HeadMemory {
  return new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
}

export function headOf(memory: HeadMemory): number {
  return Number(Atomics.load(new BigInt64Array(memory), 0));
}

export function raiseHead(memory: HeadMemory, position: number): void {
  const cell = new BigInt64Array(memory);
  if (Atomics.exchange(cell, 0, BigInt(position)) !== BigInt(position)) Atomics.notify(cell, 0);
}

/** Resolves with the head once it is past `position`, or with where it stands after `timeoutMs`. */
export async function headPast(memory: HeadMemory, position: number, timeoutMs: number): Promise<number> {
  const cell = new BigInt64Array(memory);
  const head = Atomics.load(cell, 0);
  if (head <= position) await Atomics.waitAsync(cell, 0, head, timeoutMs).value;
  return headOf(memory);
}
