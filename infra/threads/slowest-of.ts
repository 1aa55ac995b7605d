import type { HistoryProgress } from '../../processors/history-fold.ts';

/** Threads go on at about the same pace: how far all of them are is how far the slowest is. */
export function slowestOf(
  threads: number,
  onProgress: (progress: HistoryProgress) => void,
): (thread: number, progress: HistoryProgress) => void {
  const last = Array.from({ length: threads }, () => ({ position: 0, through: 0, decisions: 0 }));
  return (thread, progress) => {
    last[thread] = progress;
    onProgress({
      position: Math.min(...last.map(({ position }) => position)),
      through: Math.max(...last.map(({ through }) => through)),
      decisions: last.reduce((sum, { decisions }) => sum + decisions, 0),
    });
  };
}
