import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../../infra/server/distributed/roles.ts';
import type { Random } from '../../../infra/simulator/random.ts';
import type { Supervised } from './supervised.ts';
import type { Victims } from './victims.ts';

/** How long one of a role is frozen: some of it is beyond what others wait for before they take over. */
const FROZEN_MS: Record<Role, readonly [from: number, to: number][]> = {
  api: [[100, 2_000]],
  // A leader is given up after 3 s.
  mirror: [
    [100, 1_500],
    [3_500, 5_000],
  ],
  projector: [
    [100, 1_500],
    [3_500, 5_000],
  ],
  // One that shows no sign of life for 3 s is made to leave the group.
  processor: [
    [100, 2_000],
    [4_500, 6_000],
  ],
};

/** A killed one may be killed again on its way up. */
const AGAIN_PER_MILLE = 250;
const COMES_UP_WITHIN_MS = 1_500;

export type RoleFault = 'killed' | 'frozen';

/** Kills or freezes a process of a role, where one leads mostly that one, and has it serve again. */
export async function strikeRole(
  victims: Victims,
  role: Role,
  fault: RoleFault,
  random: Random,
): Promise<void> {
  const victim = await victimOf(victims, role, random);
  if (fault === 'frozen') {
    const [from, to] = random.pick(FROZEN_MS[role]);
    return victim.freeze(sleep(random.between(from, to)));
  }
  await victim.kill();
  if (random.perMille(AGAIN_PER_MILLE)) await victim.startAndKill(random.below(COMES_UP_WITHIN_MS));
  await victim.start();
}

const LEADER_PER_MILLE = 800;

async function victimOf({ processes, pool }: Victims, role: Role, random: Random): Promise<Supervised> {
  const any = random.pick(processes[role]);
  const wantsLeader = random.perMille(LEADER_PER_MILLE);
  if (!wantsLeader || (role !== 'mirror' && role !== 'projector')) return any;
  // Only who leads reports on its stages.
  const { rows } = await pool
    .query<{ process: string }>(
      `SELECT process FROM role_reports WHERE process LIKE '%' || $1 ORDER BY said_at DESC LIMIT 1`,
      [` ${role}`],
    )
    .catch(() => ({ rows: [] }));
  const pid = Number(/:(\d+) /.exec(rows[0]?.process ?? '')?.[1]);
  return processes[role].find((each) => each.pid === pid) ?? any;
}
