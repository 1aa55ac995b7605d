/** A data folder that must not be used as it is: what is wrong, and the command that mends it. */
export class DataFolderRefused extends Error {
  /** What to run, as it is to be typed. */
  readonly command: string;
  constructor(problem: string, command: string) {
    super(`${problem}; to mend it run: ${command}`);
    this.name = 'DataFolderRefused';
    this.command = command;
  }
}

export const dataOption = (dir: string): string => `--data ${shellWord(dir)}`;
export const restoreCommand = (dir: string): string => `shrike restore BACKUP ${dataOption(dir)}`;
export const replayCommand = (dir: string): string => `shrike replay ${dataOption(dir)}`;

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
