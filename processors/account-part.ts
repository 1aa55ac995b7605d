/** The accounts of one part of several: history is folded by several threads at once, each its own. */
export interface Part {
  /** 0 to `of` - 1. */
  number: number;
  of: number;
}

export const WHOLE: Part = { number: 0, of: 1 };

/** Whether an account is of the part; undefined where all are. */
export const ownerOf = ({ number, of }: Part): ((accountId: string) => boolean) | undefined =>
  of === 1 ? undefined : (accountId) => partOf(accountId, of) === number;

/** Asked of every fact: cheaper than the log's partitions, of which it knows nothing. FNV-1a. */
function partOf(accountId: string, parts: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < accountId.length; i++) hash = Math.imul(hash ^ accountId.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % parts;
}
