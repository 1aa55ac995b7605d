import type { Role } from '../../../infra/server/distributed/roles.ts';

/** Of the faults that strike one role, one at a time. */
export class RoleTurns {
  readonly #last = new Map<Role, Promise<void>>();

  take(role: Role, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(role) ?? Promise.resolve();
    const mine = before.then(work);
    this.#last.set(
      role,
      mine.catch(() => undefined),
    );
    return mine;
  }
}
