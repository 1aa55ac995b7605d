/** Of those named fraud, how many were: null where none was named. */
export const precisionOf = (frauds: number, genuine: number): number | null =>
  share(frauds, frauds + genuine);

/** A share of a whole; null of nothing. */
export const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
