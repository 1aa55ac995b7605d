/** What a command's end means. Documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  /** The command did its work and the answer is no: decisions differ, an example fails, a rule set is wrong. */
  no: 1,
  /** The command was called wrongly, or a file it was given cannot be used. */
  usage: 2,
  /** The data folder, the server or the machine does not allow it now; the message names what mends it. */
  refused: 3,
  /** The command was broken off by a signal: 128 and the number of SIGINT, as shells say it. */
  brokenOff: 130,
} as const;

/** Ends the command with one line and a code. */
export class CommandFailed extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'CommandFailed';
    this.exitCode = exitCode;
  }
}
