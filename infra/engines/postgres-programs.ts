import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Below which folders distributions put a folder for each version, the programs in its `bin`. */
const VERSIONED = ['/usr/lib/postgresql', '/usr/pgsql', '/opt/homebrew/opt', '/usr/local/opt'];

/** The folder of the machine's `initdb` and `postgres`; undefined if they are not installed. */
export function postgresPrograms(): string | undefined {
  return candidates().find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
}

function candidates(): string[] {
  const onPath = (process.env.PATH ?? '').split(delimiter);
  const versions = VERSIONED.filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^(postgresql@?)?\d*$/.test(name))
      .sort((a, b) => versionOf(b) - versionOf(a))
      .map((name) => join(folder, name, 'bin')),
  );
  return [...onPath, ...versions];
}

const versionOf = (name: string): number => Number(/\d*$/.exec(name)![0]);

/**
 * As whom to run the server: PostgreSQL refuses to run as root. Undefined: as whoever we are.
 * @returns the ids of the user `postgres`, else of `nobody`
 */
export function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (which: string) => Number(execFileSync('id', [which, name], { stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // There is no such user here: the next one.
    }
  }
  return undefined;
}
