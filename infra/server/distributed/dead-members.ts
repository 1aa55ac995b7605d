import type { GroupMemberships, Membership } from '../../kafka/group-memberships.ts';

export interface DeadMembersOptions {
  memberships: Pick<GroupMemberships, 'list' | 'remove'>;
  /** Those of the clients of which nobody shows a sign of life. */
  lifeless(clientIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether a client of the group is one that would show a sign of life. */
  showsLife(clientId: string): boolean;
  /** Between looks, ms. */
  everyMs?: number;
  report(error: unknown): void;
}

const EVERY_MS = 500;

/**
 * Has members of a consumer group leave it when their process is dead or frozen. Kafka itself holds their partitions
 * for them until their session ends, and nobody scores those accounts meanwhile. Two looks in a row must find
 * them lifeless: a database that has just come back has heard of nobody yet. One that lived all the same
 * joins again; its commits and those of its successors exclude each other as ever.
 */
export class DeadMembers {
  readonly #options: DeadMembersOptions;
  #suspects: ReadonlySet<string> = new Set();
  #looking: Promise<void> | null = null;
  readonly #timer: NodeJS.Timeout;

  constructor(options: DeadMembersOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#lookUnlessLooking(), options.everyMs ?? EVERY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** One look. @returns the members that were made to leave */
  async look(): Promise<Membership[]> {
    const { memberships, lifeless, showsLife } = this.#options;
    const members = (await memberships.list()).filter(({ clientId }) => showsLife(clientId));
    const found = await lifeless(members.map(({ clientId }) => clientId));
    const dead = members.filter(({ clientId }) => found.has(clientId) && this.#suspects.has(clientId));
    this.#suspects = found;
    if (dead.length > 0) {
      const memberIds = dead.map(({ memberId }) => memberId);
      await memberships.remove(memberIds, 'its process shows no sign of life');
    }
    return dead;
  }

  #lookUnlessLooking(): void {
    this.#looking ??= this.look()
      .then(
        () => undefined,
        // Without it the session's end does the same, later.
        (error) => this.#options.report(error),
      )
      .finally(() => {
        this.#looking = null;
      });
  }
}
