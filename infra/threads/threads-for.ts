/** Of a shorter history a thread takes longer to start and to become fast than it spares. */
const FEWEST_POSITIONS_A_THREAD = 150_000;

/** How many of the threads offered a history is worth, at least 1. @param positions of the store */
export const threadsFor = (
  offered: number,
  positions: number,
  fewestPositionsAThread = FEWEST_POSITIONS_A_THREAD,
): number => Math.max(1, Math.min(offered, Math.floor(positions / fewestPositionsAThread)));
