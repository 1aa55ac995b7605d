/**
 * Last revisions of the streams touched most recently, so that an append need not look its tail up: true as
 * long as one writer keeps it. Holds between `capacity` and twice as many streams: when the young half is
 * full the old half is dropped whole, which costs no bookkeeping per use.
 */
export interface RevisionCache {
  get(stream: string): number | undefined;
  set(stream: string, revision: number): void;
  clear(): void;
}

export function revisionCache(capacity: number): RevisionCache {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  function set(stream: string, revision: number): void {
    if (young.size >= capacity && !young.has(stream)) {
      old = young;
      young = new Map();
    }
    young.set(stream, revision);
  }
  return {
    set,
    get(stream) {
      const revision = young.get(stream) ?? old.get(stream);
      if (revision !== undefined && !young.has(stream)) set(stream, revision);
      return revision;
    },
    clear() {
      young.clear();
      old.clear();
    },
  };
}
