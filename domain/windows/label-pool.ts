import type { FieldValue } from '../transaction.ts';

/** A power of two. Small enough to stay in the processor's cache. */
const PLACES = 4_096;

/**
 * The labels met lately, over all accounts: equal strings become one object, so that accounts share the names of
 * popular merchants and comparing two is mostly comparing their addresses. It only ever forgets; nothing
 * depends on what it holds.
 */
export class LabelPool {
  private readonly labels = new Array<FieldValue | undefined>(PLACES).fill(undefined);

  /** The label itself, or an equal one met before. */
  shared(label: FieldValue, hash: number): FieldValue {
    const place = hash & (PLACES - 1);
    const known = this.labels[place];
    if (known === label) return known;
    this.labels[place] = label;
    return label;
  }
}

/** FNV-1a over the characters. */
export function hashOf(label: FieldValue): number {
  const text = typeof label === 'string' ? label : String(label);
  let hash = -2_128_831_035;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619);
  return hash;
}
