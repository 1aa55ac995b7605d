/** A snapshot of entities could not be read or written: the next start takes longer, nothing else. */
export function tellUnkept(error: unknown): void {
  process.stderr.write(`a snapshot of entities is not kept: ${(error as Error).message}\n`);
}
