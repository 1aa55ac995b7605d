/** For what a command has still under way when it is done: answers on their way out, connections that say good-bye. */
const GRACE_MS = 2_000;

/**
 * Ends this process with an exit code once nothing is under way, or after a while all the same: a connection to an
 * engine that has gone silent would keep it for ever, and whoever starts it again would wait in vain for its end.
 */
export function endProcess(code: number): void {
  process.exitCode = code;
  // It does not itself keep the process.
  setTimeout(() => process.exit(code), GRACE_MS).unref();
}
