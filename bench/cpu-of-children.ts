import { readdirSync, readFileSync } from 'node:fs';

/** Of Linux, everywhere. */
const TICKS_A_SECOND = 100;

/** What tells processes apart in their command lines. */
const KINDS: [name: string, mark: RegExp][] = [
  ['event store', /dev-server\/main/],
  ['Kafka', /kafka\.Kafka/],
  ['PostgreSQL', /^postgres|\/postgres /],
  ['load', /load-generator/],
  ['bench', /bench\/(distributed|peers)\.ts/],
  ['Java', /java/],
];

interface Process {
  parent: number;
  seconds: number;
  command: string;
}

/**
 * Cores that this process and all it started have on average from now on, by what they are: `api 0.61, Kafka 0.30`,
 * most first. What everything else on the machine has is `elsewhere`. Processes that have ended when it is asked are left out. Linux only: elsewhere it says nothing.
 */
export function cpuOfChildren(): () => { cores: string; elsewhere: number } {
  const before = processes();
  const busyBefore = busySeconds();
  const begun = performance.now();
  return () => {
    const seconds = (performance.now() - begun) / 1_000;
    const now = processes();
    const cores = new Map<string, number>();
    let ours = 0;
    for (const [pid, { seconds: used, command }] of now) {
      if (!isOurs(pid, now)) continue;
      const share = (used - (before.get(pid)?.seconds ?? 0)) / seconds;
      ours += share;
      cores.set(kindOf(command), (cores.get(kindOf(command)) ?? 0) + share);
    }
    const elsewhere = (busySeconds() - busyBefore) / seconds - ours;
    const text = [...cores, ['elsewhere', elsewhere] as const]
      .filter(([, share]) => share >= 0.005)
      .sort(([, a], [, b]) => b - a)
      .map(([kind, share]) => `${kind} ${share.toFixed(2)}`)
      .join(', ');
    return { cores: text, elsewhere };
  };
}

/** Of all cores. */
function busySeconds(): number {
  if (process.platform !== 'linux') return 0;
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/).map(Number);
  const [user, nice, system, , , irq, softIrq, steal] = ticks as [number, ...number[]];
  return (user + nice! + system! + irq! + softIrq! + steal!) / TICKS_A_SECOND;
}

function kindOf(command: string): string {
  const roles = /--roles (\S+)/.exec(command)?.[1];
  return roles ?? KINDS.find(([, mark]) => mark.test(command))?.[0] ?? 'other';
}

function isOurs(pid: number, all: ReadonlyMap<number, Process>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = all.get(at)?.parent)
    if (at === process.pid) return true;
  return false;
}

function processes(): Map<number, Process> {
  const found = new Map<number, Process>();
  if (process.platform !== 'linux') return found;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = Number(fields[11]) + Number(fields[12]);
      found.set(pid, { parent: Number(fields[1]), seconds: ticks / TICKS_A_SECOND, command });
    } catch (error) {
      // It ended meanwhile.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return found;
}
