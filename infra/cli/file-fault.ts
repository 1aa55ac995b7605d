const FAULTS: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'exists already, and is no folder',
  EACCES: 'the rights to it are missing',
  EPERM: 'the rights to it are missing',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk can only be read',
};

/** What is wrong with a file that was named, in words. @param name the option or argument and what it said */
export function fileFault(name: string, error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `${name}: ${FAULTS[code] ?? message}`;
}
