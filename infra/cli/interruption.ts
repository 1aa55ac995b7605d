import { EXIT } from './exit-codes.ts';

/** npm and the launcher pass on what a terminal has already sent to all of its processes: that counts once. */
const SAME_MS = 500;

/** Resolves at the first SIGINT or SIGTERM. The next one ends the process at once. */
export function interruption(): Promise<void> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const hear = (): void => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        resolve();
      } else if (performance.now() - firstMs > SAME_MS) process.exit(EXIT.brokenOff);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, hear);
  });
}
