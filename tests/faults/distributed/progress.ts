import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../../infra/server/distributed/roles.ts';
import type { Ledger } from '../ledger.ts';
import type { Victims } from './victims.ts';

/** How long a role may stand still under load, whatever strikes the others meanwhile. */
const GOES_ON_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;

const POSITIONS_SQL: Record<Exclude<Role, 'api'>, string> = {
  mirror: 'SELECT position FROM mirror_checkpoints',
  processor: 'SELECT position FROM checkpoints ORDER BY partition',
  projector: 'SELECT position FROM projection_checkpoints ORDER BY projection',
};

/** Resolves when every part of a role's work has gone on: a fault strikes what works, and a role that never goes on is one. */
export async function goneOn({ pool }: Victims, ledger: Ledger, role: Role): Promise<void> {
  const look = async (): Promise<number[]> => {
    if (role === 'api') return [ledger.entries.size - ledger.unanswered.size];
    return (await pool.query<{ position: number }>(POSITIONS_SQL[role])).rows.map(({ position }) => position);
  };
  const begun = Date.now();
  let first: number[] | undefined;
  let last: number[] | undefined;
  while (Date.now() - begun < GOES_ON_WITHIN_MS) {
    // The database may be away: it is being hurt, too.
    const now = await look().catch(() => undefined);
    first ??= now;
    last = now ?? last;
    if (now?.length && first !== undefined && now.every((position, i) => position > (first![i] ?? 0))) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`the ${role} does not go on within ${GOES_ON_WITHIN_MS} ms: from ${first} to ${last}`);
}
